// Spoken commands: how their lines are read, what an answer may be, and how right answers are counted.
import { assert } from 'chai';
import { readPairs } from '../../host-tools/commands/eval-commands.ts';
import { parseTokenizer } from '../../host-tools/compiler/tokenizer-json.ts';
import { answer, countAnswer, type Accuracy, type Answerer } from '../../host-tools/engines/answer.ts';
import { parseCommands, ruleOf, separator } from '../../host-tools/engines/spoken-command.ts';
import { readSource } from '../support/sources.ts';
import { refusalOf } from '../support/temporary.ts';

const pairs = { lights: 'light change', alarms: 'alarm set', stops: 'assistant stop' };

describe('parseCommands', () => {
  it('makes the texts that the trainer teaches', () => {
    const lines = readSource('test/fixtures/commands/lines.tsv');
    const texts = parseCommands(lines, readPairs(), 'lines.tsv').map(
      (command) => `${command.sentence}${separator} ${command.answer}\n`,
    );
    assert.equal(texts.join(''), readSource('test/fixtures/commands/texts.txt'));
  });

  it('names the line that it refuses', () => {
    const refusal = (line: string): string =>
      refusalOf(() => parseCommands(`go on\tstops\t\n${line}`, pairs, 'a.tsv'));
    assert.equal(refusal('go on'), 'a.tsv, line 2: 1 fields; 3 are needed');
    assert.equal(refusal(' \tstops\t'), 'a.tsv, line 2: the sentence is empty');
    assert.equal(refusal('a => b\tstops\t'), 'a.tsv, line 2: the sentence holds =>, which begins the answer');
    assert.equal(refusal('a\ttoString\t'), 'a.tsv, line 2: the intent tostring is not known');
    assert.equal(refusal('a\tstops\tdate'), 'a.tsv, line 2: date is no slot=value');
    assert.match(
      refusal('at two today\talarms\tdate=today; time=two'),
      /: the value two is not in the sentence, or not/,
    );
  });

  it('has a pair of its own for each intent', () => {
    const known = Object.values(readPairs());
    assert.lengthOf(new Set(known), known.length);
    for (const pair of known) assert.match(pair, /^[a-z]+ [a-z]+$/);
  });
});

describe('ruleOf', () => {
  const rule = ruleOf("wake me at ten, at jason's in la or laos", pairs);
  const begins = (text: string): boolean => rule.mayBegin(text);
  const ends = (text: string): boolean => rule.mayEnd(text);

  it('lets an answer begin as a known pair does, and end with one', () => {
    for (const text of ['', ' ', ' al', ' alarm set', ' alarm set:']) assert.isTrue(begins(text), text);
    for (const text of ['alarm', ' alarm stop', ' alarm set ', ' alarm:']) assert.isFalse(begins(text), text);
    assert.isTrue(ends(' alarm set'));
    for (const text of ['', ' alarm', ' alarm set:', ' alarm set: ']) assert.isFalse(ends(text), text);
  });

  it('takes values from the sentence only, whole words one after the other', () => {
    const values = (text: string): string => ` alarm set: ${text}`;
    for (const text of ['', 't', 'ten', 'ten,', 'ten, ', 'ten, jas', "jason's in l", 'ten, at j'])
      assert.isTrue(begins(values(text)), text);
    for (const text of ['en', ' ten', 'tens', 'ten,,', 'ten, me', 'ten, ten', 'jason,at'])
      assert.isFalse(begins(values(text)), text);
    for (const text of ['ten', "jason's", 'jason', 'ten, jason', 'la', 'la, laos'])
      assert.isTrue(ends(values(text)), text);
    for (const text of ['', 'te', 'lao', 'laos, la', 'ten, ']) assert.isFalse(ends(values(text)), text);
  });

  it('begins no value after the last word', () => {
    assert.isFalse(begins(' alarm set: laos, '));
  });

  it('counts in bytes, so that half a character may be written', () => {
    const bytes = (text: string): string => Buffer.from(text).toString('latin1');
    const inGreek = ruleOf('σε δέκα', pairs);
    assert.isTrue(inGreek.mayBegin(bytes(' alarm set: δέκα').slice(0, -1)));
    assert.isFalse(inGreek.mayEnd(bytes(' alarm set: δέκα').slice(0, -1)));
    assert.isTrue(inGreek.mayEnd(bytes(' alarm set: δέκα')));
  });
});

describe('answer', () => {
  const tokenizer = parseTokenizer(readSource('test/fixtures/tokenizers/metaspace.json'), 602);
  const ids = { bos: 1, eos: 2 };

  /** A model that writes a space and a text after whatever it reads, and finds each token of `second` the next best one. */
  function writer(text: string, second = text): Answerer & { fed: number[] } {
    const wanted = [text, second].map((one) => [...tokenizer.encode(one), ids.eos]);
    const fed: number[] = [];
    let written = 0;
    const engine = {
      name: 'writer',
      vocabSize: 602,
      reset: () => ([fed.length, written] = [0, 0]) as unknown as void,
      feed: (token: number) => void fed.push(token),
      step: () => {
        const logits = new Float64Array(602);
        wanted.forEach((one, rank) => {
          const token = one[written];
          if (token !== undefined) logits[token] = Math.max(logits[token]!, 2 - rank);
        });
        written += 1;
        return logits;
      },
      close: () => undefined,
    };
    return { engine, tokenizer, ids, fed };
  }

  it('reads the start, the sentence and the separator, and writes up to the end', async () => {
    const model = writer('light change: green');
    assert.deepEqual(await answer(model, 'all green'), { text: 'light change: green', isFree: true });
    assert.deepEqual([...model.fed], [1, ...tokenizer.encode('all green =>').slice(0, -1)]);
  });

  it('leaves what the rule allows as it is, and takes the next best where it allows nothing else', async () => {
    const rule = ruleOf('all green', pairs);
    const free = await answer(writer('light change: green'), 'all green', rule);
    assert.deepEqual(free, { text: 'light change: green', isFree: true });
    const held = await answer(writer('light change: great', 'light change: green'), 'all green', rule);
    assert.deepEqual(held, { text: 'light change: green', isFree: false });
  });

  it('gives up a text without an end', async () => {
    const model = writer('x '.repeat(200));
    const { text } = await answer(model, 'all green');
    assert.isBelow(text.length, 200);
  });

  it('is counted by device and action, and in all, free and held', async () => {
    const total: Accuracy = { sentences: 0, pairs: 0, all: 0, constrainedPairs: 0, constrainedAll: 0 };
    const command = { sentence: 'all green', answer: 'light change: green' };
    await countAnswer(total, writer('light change: great', 'light change: green'), command, pairs);
    assert.deepEqual(total, { sentences: 1, pairs: 1, all: 0, constrainedPairs: 1, constrainedAll: 1 });
    await countAnswer(total, writer('alarm set'), command, pairs);
    assert.deepEqual(total, { sentences: 2, pairs: 1, all: 0, constrainedPairs: 1, constrainedAll: 1 });
  });
});
