// Options of a story become whole numbers that the device obeys; what it would refuse is refused here.
import { assert } from 'chai';
import { Command } from 'commander';
import { addStoryOptions, storyOptionsOf } from '../../host-tools/commands/story-options.ts';
import type { StoryOptions } from '../../host-tools/commands/story-options.ts';

function parse(...args: string[]): StoryOptions {
  const command = addStoryOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return storyOptionsOf(command.parse(args, { from: 'user' }).opts());
}

describe('story options', () => {
  it('are greedy and whole when nothing is said', () => {
    assert.deepEqual(parse(), { maxTokens: 256, temperatureMilli: 0, topK: 0, topPMilli: 1000, seed: 1 });
  });

  it('become thousandths', () => {
    const { temperatureMilli, topPMilli } = parse('--temperature', '.75', '--top-p', '0.905');
    assert.deepEqual([temperatureMilli, topPMilli], [750, 905]);
    assert.equal(parse('--temperature', '1').temperatureMilli, 1000);
  });

  it('take a seed of 32 bits', () => {
    assert.equal(parse('--seed', '4294967295').seed, 2 ** 32 - 1);
  });

  it('refuse what the device would refuse', () => {
    const refused = [
      ['--max-tokens', '0'],
      ['--max-tokens', '1.5'],
      ['--max-tokens', ''],
      ['--temperature', '10.001'],
      ['--temperature', '0.0001'],
      ['--temperature', '1e-3'],
      ['--temperature', 'hot'],
      ['--top-k', '-1'],
      ['--top-p', '1.1'],
      ['--seed', '4294967296'],
    ];
    for (const args of refused) assert.throws(() => parse(...args), /is needed/, args.join(' '));
  });
});
