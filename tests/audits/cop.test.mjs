// The checks of graphql-cop, by its list, on the settings for production: what it would report must not be there.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PRODUCTION, start } from './program.mjs';

let program;
before(async () => (program = await start({}, { config: PRODUCTION })));
after(() => program?.stop());

const json = { 'content-type': 'application/json' };
const post = (body, headers = json) =>
  fetch(program.url, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });
const get = (query, headers) => fetch(`${program.url}?query=${encodeURIComponent(query)}`, { headers });
const query = (text) => post({ query: text, operationName: 'cop' });

/** The answer's JSON, of which no data may have come. */
async function refused(response, code) {
  const answer = await response.json();
  assert.equal(answer.data ?? null, null, JSON.stringify(answer));
  assert.equal(answer.errors?.[0]?.extensions?.code, code, JSON.stringify(answer));
  return answer;
}

test('alias overloading', async () => {
  const aliases = Array.from({ length: 101 }, (_, index) => `alias${index}: __typename`).join(' ');
  await refused(await query(`query cop { ${aliases} }`), 'QUERY_TOO_MANY_ALIASES');
});

test('batches of queries', async () => {
  const one = { query: 'query cop { __typename }', operationName: 'cop' };
  await refused(await post(Array(10).fill(one)), 'BATCH_REFUSED');
});

test('directive overloading', async () => {
  const answer = await refused(await query(`query cop { __typename ${'@aa'.repeat(10)} }`), 'QUERY_TOO_MANY_DIRECTIVES');
  assert.equal(answer.errors.length, 1, 'an error for each directive is work for each directive');
});

test('field duplication', async () => {
  await refused(await query(`query cop { ${'__typename '.repeat(500)} }`), 'QUERY_TOO_REPETITIVE');
});

test('circular introspection', async () => {
  const text = 'query cop { __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }';
  await refused(await query(text), 'INTROSPECTION_OFF');
});

test('introspection', async () => {
  await refused(await query('query cop { __schema { types { name fields { name } } } }'), 'INTROSPECTION_OFF');
});

test('mutations over GET', async () => {
  const answer = await get('mutation cop { __typename }');
  assert.equal(answer.status, 405);
  await refused(answer, 'METHOD_NOT_ALLOWED');
});

test('queries over GET', async () => {
  const answer = await get('query cop { __typename }');
  assert.equal(answer.status, 405);
  await refused(answer, 'METHOD_NOT_ALLOWED');
});

test('url-encoded bodies', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await post(`query=${encodeURIComponent('query cop { __typename }')}`, form);
  assert.equal(answer.status, 415);
  await refused(answer, 'UNSUPPORTED_MEDIA_TYPE');
});

test('GraphiQL and its like', async () => {
  const words = ['graphiql', 'graphql playground', 'apollo-server', 'graphql explorer', 'altair'];
  for (const path of ['/graphql', '/graphiql', '/playground', '/console', '/graphql/console', '/v1/explorer', '/']) {
    const page = await fetch(program.origin + path, { headers: { accept: 'text/html' } });
    const text = (await page.text()).toLowerCase();
    for (const word of words) assert.ok(!text.includes(word), `${path} shows ${word}`);
    assert.ok(!text.includes('<script'), `${path} has a script`);
  }
});

test('suggestions of names', async () => {
  for (const wrong of ['query cop { viewers { id } }', 'query cop { directive }', 'query cop { node(idd: 1) { id } }']) {
    const answer = await refused(await query(wrong), 'GRAPHQL_VALIDATION_FAILED');
    assert.ok(!/did you mean/i.test(JSON.stringify(answer)), JSON.stringify(answer));
  }
});

test('traces in answers', async () => {
  const answer = await (await query('query cop { __typename }')).json();
  assert.equal(answer.extensions?.tracing, undefined);
  assert.ok(!JSON.stringify(answer).includes('tracing'));
});

test('errors that were not foreseen', async () => {
  const answer = await refused(await query('qwerty cop { abc }'), 'GRAPHQL_PARSE_FAILED');
  assert.ok(!/exception|panick|stack|\.rs\b/.test(JSON.stringify(answer)), JSON.stringify(answer));
});
