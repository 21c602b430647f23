// The schema as tools judge it: no breaking change since the last release, and the rules of graphql-eslint.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import graphqlPlugin from '@graphql-eslint/eslint-plugin';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import { ESLint } from 'eslint';
import { buildSchema } from 'graphql';
import { HERE } from './generate.mjs';

// The rules that are answered otherwise here, each with its reason.
const own = {
  // What has an identity is a Node, which Relay's rules see to; values and payloads have none.
  '@graphql-eslint/strict-id-in-types': 'off',
  // async-graphql makes the types of connections, and describes their fields only.
  '@graphql-eslint/require-description': [
    'error',
    { types: true, rootField: true, ignoredSelectors: ['[type=ObjectTypeDefinition][name.value=/Connection$/]'] },
  ],
  // Lists that cannot grow are lists: user errors, lines of an order, parts of an explanation. Connections have `nodes` too.
  '@graphql-eslint/relay-edge-types': ['error', { withEdgeSuffix: true, shouldImplementNode: false, listTypeCanWrapOnlyEdgeType: false }],
};

const SCHEMA = join(HERE, '../../schema.graphql');
const read = (path) => readFileSync(path, 'utf8');

test('nothing that a client relies on has gone since the last release', async () => {
  const released = buildSchema(read(join(HERE, 'schema.released.graphql')));
  const changes = await diff(released, buildSchema(read(SCHEMA)));
  const accepted = read(join(HERE, 'breaking.txt')).split('\n').filter((line) => line && !line.startsWith('#'));
  const breaking = changes
    .filter((change) => change.criticality.level === CriticalityLevel.Breaking)
    .map((change) => change.message);
  assert.deepEqual(breaking.filter((message) => !accepted.includes(message)), []);
  assert.deepEqual(accepted.filter((message) => !breaking.includes(message)), [], 'accepted, and not so');
});

test('a field that goes is noticed', async () => {
  const schema = read(SCHEMA);
  const without = schema.replace(/^\tviewer: Viewer$/m, '\tviewers: Viewer');
  assert.notEqual(schema, without);
  const changes = await diff(buildSchema(schema), buildSchema(without));
  assert.ok(changes.some((change) => change.criticality.level === CriticalityLevel.Breaking));
});

for (const set of ['schema-recommended', 'schema-relay']) {
  test(`graphql-eslint has no warning: ${set}`, async () => {
    const { rules } = graphqlPlugin.configs[`flat/${set}`];
    const eslint = new ESLint({
      cwd: join(HERE, '../..'),
      overrideConfigFile: true,
      overrideConfig: [
        {
          files: ['**/*.graphql'],
          plugins: { '@graphql-eslint': graphqlPlugin },
          languageOptions: { parser: graphqlPlugin.parser, parserOptions: { graphQLConfig: { schema: SCHEMA } } },
          rules: Object.fromEntries(Object.entries(rules).map(([name, rule]) => [name, own[name] ?? rule])),
        },
      ],
    });
    const results = await eslint.lintFiles([SCHEMA]);
    const messages = results.flatMap(({ messages }) => messages.map((one) => `${one.line}: ${one.ruleId} ${one.message}`));
    assert.deepEqual(messages, []);
  });
}

