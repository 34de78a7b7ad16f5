// An open byte stream to a device: what flashers, the link and meters are handed.

export interface PortListener {
  data(bytes: Uint8Array): void;
  /** Called once when the other end is gone or the port was closed. */
  closed(reason: string): void;
}

export interface Port {
  readonly path: string;
  /** Resolves when the bytes have left; rejects with a DeviceError when the port is gone. */
  write(bytes: Uint8Array): Promise<void>;
  /** Calls back with bytes as they arrive; returns a function that ends it. */
  subscribe(listener: PortListener): () => void;
  /** Changes the line. Modem lines that a port lacks (a pty has none) are ignored. */
  configure(line: { baud?: number; parity?: 'none' | 'even'; dtr?: boolean; rts?: boolean }): Promise<void>;
  close(): Promise<void>;
}
