// graphql-codegen's types of the schema compile, and say what they must.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HERE, tool } from './generate.mjs';

test('graphql-codegen generates, and tsc compiles what is written against it', () => {
  tool('graphql-codegen', '--config', 'codegen.json');
  tool('tsc', '--project', 'tsconfig.json');
  const manifest = JSON.parse(readFileSync(join(HERE, 'generated/persisted-documents.json'), 'utf8'));
  assert.equal(Object.keys(manifest).length, 4);
});
