// crawler-user-agents as a classifier: its patterns, joined as its documentation advises.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const entry = createRequire(import.meta.url).resolve('crawler-user-agents');

/** The list: `pattern` and known `instances` of each crawler. */
export const list = JSON.parse(readFileSync(join(dirname(entry), 'crawler-user-agents.json'), 'utf8'));

const any = new RegExp(list.map(({ pattern }) => pattern).join('|'));

/** Whether the list knows this User-Agent as a crawler's. */
export const crawlerUserAgents = (agent) => any.test(agent);
