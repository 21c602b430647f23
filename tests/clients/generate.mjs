// What frontends generate when they are built: documents by their hash, and typed documents.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

export const HERE = fileURLToPath(new URL('.', import.meta.url));

/** Runs a tool that npm installed; what it says becomes the error when it fails. */
export function tool(name, ...args) {
  return toolIn(HERE, name, ...args);
}

/** The same in another folder. */
export function toolIn(cwd, name, ...args) {
  try {
    return execFileSync(join(HERE, 'node_modules/.bin', name), args, { cwd, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    throw new Error(`${name} ${args.join(' ')}\n${error.stdout}\n${error.stderr}`);
  }
}
