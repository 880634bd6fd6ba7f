/** Every page is listed, every relative link leads somewhere, and every file that is named in the text is there. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const TOP = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
const inFolder = (folder: string) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
const PAGES = [...TOP, ...inFolder('docs'), ...inFolder('docs/decisions')];

/** The text of a page without its blocks of code. */
function read(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8').replace(/```[\s\S]*?```/g, '');
}

/** As GitHub makes an anchor of a heading. */
function anchor(heading: string): string {
  const kept = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '');
  return kept.trim().replace(/\s/g, '-');
}

function problemOf(page: string, link: string): string | null {
  const [path = '', fragment] = link.split('#');
  const target = path === '' ? join(ROOT, page) : join(ROOT, dirname(page), path);
  if (!existsSync(target)) return `${page}: ${link} leads nowhere`;
  if (fragment === undefined || statSync(target).isDirectory()) return null;
  const headings = Array.from(readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm), ([, text]) => anchor(text!));
  return headings.includes(fragment) ? null : `${page}: ${link} names no heading`;
}

describe('the pages', () => {
  it.each(PAGES)('%s has links that lead somewhere', (page) => {
    const links = Array.from(read(page).matchAll(/\]\(([^)\s]+)\)/g), ([, link]) => link!);
    const relative = links.filter((link) => !/^https?:/.test(link));
    expect(relative.flatMap((link) => problemOf(page, link) ?? [])).toEqual([]);
  });

  it.each(PAGES)('%s names files that are there', (page) => {
    const named = Array.from(
      read(page).matchAll(/`((?:host|guest|test|policies|docs|wit)\/[\w./-]+)`/g),
      ([, path]) => path!,
    );
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('are all in the list', () => {
    const list = readFileSync(join(ROOT, 'docs/README.md'), 'utf8');
    const missing = inFolder('docs').filter((page) => !list.includes(`(${page.slice('docs/'.length)})`));
    expect(missing).toEqual(['docs/README.md']);
  });
});
