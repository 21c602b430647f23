// The server audits of the npm package graphql-http: GraphQL over HTTP, as its specification says.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { start } from './program.mjs';

let program;
before(async () => (program = await start()));
after(() => program?.stop());

const audits = serverAudits({ url: () => program.url, fetchFn: fetch });

test('there are as many audits as there were', () => assert.equal(audits.length, 61));

for (const audit of audits) {
  test(`${audit.id} ${audit.name}`, async () => {
    const result = await audit.fn();
    assert.equal(result.status, 'ok', result.reason);
  });
}
