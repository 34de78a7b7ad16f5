// The names of fields as JSON has them: snake_case, whatever they are called in the code or to a person.

/** `sums of a matrix`, `look-up table` and `meanLogitError` as `sums_of_a_matrix`, `look_up_table`, `mean_logit_error`. */
export function snakeCase(name: string): string {
  return name
    .replace(/[ -]/g, '_')
    .replace(/(?<=[a-z0-9])[A-Z]/g, '_$&')
    .toLowerCase();
}

/** An object of these fields under such names. */
export function snakeCased<Value>(fields: readonly (readonly [string, Value])[]): Record<string, Value> {
  return Object.fromEntries(fields.map(([name, value]) => [snakeCase(name), value]));
}
