'use strict';
/* tests/flow/088_retention.js - old rows go by themselves, on two hosts of which one is at it at a time; what is not old stays.
 * Proves: "Retention and pruning".
 * Licence: Apache-2.0. */
const { test, assert, before, after } = require('./tiny');
const { mustFail } = require('./client');
const { Hosts } = require('./hosts');
const h = require('./harness');

let hosts, t, user, admin, project;
const count = (what) => Number(hosts.pg.query(`select count(*) from ${what}`));

before(async () => {
	hosts = await new Hosts().start(2, { flags: { 'image-scale': 0.1, 'speech-ms': 50 }, env: { PRUNE_INTERVAL: '1s', RETAIN_EVENTS: '1d', RETAIN_JOBS: '2d', RETAIN_AUDIT: '3d' } });
	[t] = hosts.trees;
	[user, admin, project] = [await t.user(), await t.admin(), await t.project()];
});
after(() => hosts && hosts.stop());

test('old events, attempts, requests and audit rows go; generations, results and young rows stay', async () => {
	await hosts.google.fault({ status: 400, message: 'no' }, { prompt: 'a boat that fails' });
	const make = (prompt) => user.post('/api/media/image', { projectId: project, prompt });
	const old = [(await make('an old boat')).must(201).id, (await make('a boat that fails')).json.id];
	const failed = (await user.get('/api/media/history?status=FAILED')).must(200).data[0].id;
	hosts.pg.query("update studio.events set created_at = created_at - interval '26 hours'");
	hosts.pg.query("update studio.job_attempts set began_at = began_at - interval '3 days'; update studio.jobs set finished_at = finished_at - interval '3 days'");
	hosts.pg.query("insert into studio.audit (event, address, at) select 'old', '', now() - interval '4 days' from generate_series(1, 2500)");
	const young = (await make('a young boat')).must(201);
	await h.until(15, 'what is old is gone', () => count("studio.events where created_at < now() - interval '1 day'") === 0 &&
		count('studio.job_attempts') === 1 && count("studio.audit where event = 'old'") === 0 && count("studio.jobs where request::text <> 'null'") === 0);
	assert.equal(count(`studio.events where generation_id = '${young.id}'`), 3);
	assert.equal((await user.get(`/api/media/${old[0]}`)).must(200).results.length, 1);
	mustFail(await user.post(`/api/media/${failed}/retry`), 409, 'RESOURCE_CONFLICT');
	assert.equal((await user.get(`/api/media/${failed}`)).must(200).status, 'FAILED');
	const lines = hosts.trees.flatMap((x) => x.lines().filter((l) => l.message === 'pruned' && l.statement === 'prune_audit'));
	assert.equal(lines.reduce((n, l) => n + Number(l.rows), 0), 2500, 'each row by one of them');
	assert.ok(hosts.trees.every((x) => !x.linesWith('prune_failed').length));
});
