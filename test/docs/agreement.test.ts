/** What is said in several places is said alike: commands, exit codes, actions of policy, entries of the format. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BASE_SCHEMA, RESOURCE_TYPES } from '../../host/policy/schema.ts';
import { sojourn } from '../cli/run-cli.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

describe('the commands', async () => {
  const { stdout } = await sojourn(['--help']);
  const commands = Array.from(stdout.matchAll(/^ {2}([a-z]+) (?:\[|<| )/gm), ([, name]) => name!);

  it.each([
    ['README.md', /^\| `sojourn ([a-z]+)/gm, '## Command line'],
    ['docs/cli.md', /^\| `([a-z]+)/gm, '# Command line'],
  ])('of the help are those of %s', (page, pattern, heading) => {
    const text = read(page);
    const section = text.slice(text.indexOf(heading)).split('\n\n', 4).join('\n\n');
    const listed = Array.from(section.matchAll(pattern), ([, name]) => name!);
    expect(listed.toSorted()).toEqual(commands.toSorted());
  });

  it('end with the exit codes that the pages list', () => {
    const rows = Array.from(read('docs/cli.md').matchAll(/^\| (\d+) \|/gm), ([, code]) => code!);
    const short = Array.from(/Exit codes: (.*)/.exec(stdout)![1]!.matchAll(/(\d) /g), ([, code]) => code!);
    expect(rows.slice(0, short.length)).toEqual(short);
    const inReadme = /Exit codes: ([\s\S]*?)\. More/.exec(read('README.md'))![1]!;
    expect(Array.from(inReadme.matchAll(/(\d) /g), ([, code]) => code)).toEqual(short);
  });
});

describe('the README', () => {
  it('names every method and option of a host', () => {
    const source = read('host/node/host.ts');
    const membersOf = (name: string, pattern: RegExp) =>
      Array.from(
        new RegExp(`interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(source)![1]!.matchAll(pattern),
        ([, member]) => member!,
      );
    const methods = membersOf('Host', /^ {2}([a-z]\w*)\(/gm);
    const options = membersOf('HostOptions', /^ {2}readonly (\w+)\??:/gm).filter((name) => name !== 'onPoint');
    expect(methods.length).toBeGreaterThan(10);
    const library = read('README.md').split('## Library')[1]!.split('\n## ')[0]!;
    expect(methods.filter((name) => !library.includes(`\`${name}\``))).toEqual([]);
    expect(options.filter((name) => !new RegExp(`createHost\\([^)]*\\b${name}\\b`).test(library))).toEqual([]);
  });
});

describe('docs/policy.md', () => {
  const page = read('docs/policy.md');
  const table = page.slice(page.indexOf('| action | resource |'), page.indexOf('Every policy has `context`'));

  it('has every action of the schema, and beside it what it aims at', () => {
    const wrong = Object.entries(RESOURCE_TYPES).flatMap(([action, types]) => {
      const row = table.split('\n').find((line) => line.split('|')[1]?.includes(`\`${action}\``));
      const resources = row?.split('|')[2] ?? '';
      return types.every((type) => resources.includes(`\`${type}\``)) ? [] : [`${action}: ${types.join(', ')}`];
    });
    expect(wrong).toEqual([]);
  });

  it('has every member of the context', () => {
    const block = /type Context = \{([\s\S]*?)\n\};/.exec(BASE_SCHEMA)![1]!;
    const members = Array.from(block.matchAll(/^ {2}(\w+):/gm), ([, name]) => name!);
    expect(members.length).toBeGreaterThan(6);
    const paragraph = page.slice(page.indexOf('Every policy has `context`')).split('\n\n')[0]!;
    expect(members.filter((name) => !paragraph.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('docs/format.md', () => {
  it('has a rule for every kind of entry that can be stored', () => {
    const page = read('docs/format.md');
    const model = read('host/object/model.ts');
    const block = /interface Bodies \{([\s\S]*?)\n\}/.exec(model)![1]!;
    const kinds = Array.from(block.matchAll(/^ {2}(?:readonly )?'?([a-z]+)'?:/gm), ([, kind]) => kind!);
    expect(kinds.length).toBeGreaterThan(20);
    expect(
      kinds.filter((kind) => kind !== 'confidential' && !page.includes(`"${kind}"`) && !page.includes(`\`${kind}\``)),
    ).toEqual([]);
  });
});
