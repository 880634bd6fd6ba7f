/**
 * Names what makes a program out of a component: our own code, the packages that it uses, and Node. Programs that another maker
 * made are never run, so a change to the meter cannot meet what an older one left, even where a version number was forgotten.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { arch, platform, versions } from 'node:process';

/** The meter, and the admission, the glue's preparation and the realm that it is made for. */
const FOLDERS = ['.', '../wasm'];
/** Where a package lies that npm has put beside or into jco. */
const PACKAGES = [['jco'], ['jco-transpile', 'jco/node_modules/@bytecodealliance/jco-transpile']];

/** A digest in hexadecimal, read from the files that are there. Throws where they can't be read. */
export function identifyMaker(): string {
  const digest = createHash('sha256');
  const add = (name: string, content: Uint8Array | string): void => {
    digest.update(`${name.length} ${name} ${content.length} `).update(content);
  };
  add('node', `${versions.node} ${versions.v8} ${arch} ${platform}`);
  const ending = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  for (const folder of FOLDERS) {
    const path = new URL(`${folder}/`, import.meta.url);
    for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' }).toSorted()) {
      if (name.endsWith(ending)) add(`${folder}/${name}`, readFileSync(new URL(name, path)));
    }
  }
  for (const places of PACKAGES) add(places.join(), readManifest(places));
  return digest.digest('hex');
}

/** Looks for `node_modules` from here upwards, as Node does. */
function readManifest(places: readonly string[]): Uint8Array {
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    const paths = places.map((place) => new URL(`node_modules/@bytecodealliance/${place}/package.json`, folder));
    const found = paths.find((path) => existsSync(path));
    if (found !== undefined) return readFileSync(found);
    if (folder.pathname === '/' || folder.href === new URL('..', folder).href)
      throw new Error(`${places.join(' or ')}: expected below a folder node_modules, found nowhere`);
  }
}
