'use strict';
/* tests/flow/hosts.js - several hosts of one studio: trees that share a PostgreSQL, a Google and
 * the secrets of tokens, and nothing else. Which of them a client asks is left to the test.
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const { Postgres } = require('./postgres');
const { Google, ACCOUNT } = require('./google');
const h = require('./harness');

class Hosts {
	/* n trees that are ready. `flags` are the emulator's, `env` settings of every tree. */
	async start(n, { flags = {}, env = {} } = {}) {
		this.pg = await new Postgres().create();
		this.google = await new Google().start({ 'fsync': 0, ...flags });
		this.env = { EMULATOR_FLAGS: '', DATABASE_URL: this.pg.url, GOOGLE_APPLICATION_CREDENTIALS: ACCOUNT,
			VERTEX_AI_PROJECT_ID: JSON.parse(fs.readFileSync(ACCOUNT)).project_id, VERTEX_AI_STORAGE_URI: 'gs://shared-bucket/media',
			VERTEX_ENDPOINT: this.google.url, TEXT_TO_SPEECH_ENDPOINT: this.google.url, STORAGE_ENDPOINT: this.google.url,
			OAUTH_ENDPOINT: this.google.url, IAM_ENDPOINT: this.google.url,
			JWT_SECRET: 'a-secret-that-hosts-share-0123456789', JWT_REFRESH_SECRET: 'another-secret-that-hosts-share-012345', ...env };
		this.trees = [];
		for (let i = 0; i < n; i++)	/* one migrates, the others find it done */
			this.trees.push(await h.start({ env: this.env }));
		return this;
	}
	/* How often Google began each prompt. */
	async ledger() {
		return (await this.google.api.get('/emulator/ledger?entries=0')).must(200);
	}
	/* The whole host, at once: its supervisor and everything below it. */
	kill(tree) {
		tree.stopped = true;
		tree.slay();
	}
	async stop() {
		for (const t of this.trees)
			await t.stop();
		await this.google.stop();
		await this.pg.stop('SIGQUIT');
	}
}

module.exports = { Hosts };
