// Rust's cynic, on types made of the schema and of the documents of the guides.

import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { scene } from './scene.mjs';

let world;
before(async () => (world = await scene()));
after(() => world?.program.stop());

test('cynic makes types that compile, pages, mutates with typed user errors and subscribes', () => {
  const environment = {
    ...process.env,
    URL: world.program.url,
    TOKEN: world.token,
    STORE: world.store,
    CUSTOMERS: String(world.customers),
    REDEMPTION: world.redemption,
    NO_PROXY: '*',
  };
  execFileSync(process.env.FIDELIDADE_CYNIC, { env: environment, stdio: ['ignore', 'inherit', 'inherit'] });
});
