'use strict';
/* tests/flow/postgres.js - a PostgreSQL of the test's own, reached over TCP with a password,
 * that it can stop, start and kill: what a production's database is to studiod.
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const path = require('node:path');
const { spawn, spawnSync } = require('node:child_process');
const { assert } = require('./tiny');
const h = require('./harness');

function binDir() {
	const base = '/usr/lib/postgresql';
	const versions = fs.existsSync(base) ? fs.readdirSync(base).map(Number).filter(Boolean).sort((a, b) => b - a) : [];
	assert.ok(versions.length > 0, 'PostgreSQL is not installed below /usr/lib/postgresql');
	return path.join(base, String(versions[0]), 'bin');
}

class Postgres {
	async create() {
		this.bin = binDir();
		this.dir = h.makeDir(0o777);
		this.data = path.join(this.dir, 'data');
		this.port = await h.freePort();
		const pw = path.join(this.dir, 'pw');
		fs.writeFileSync(pw, 'studio-test-pw\n', { mode: 0o644 });
		this.run('initdb', ['-D', this.data, '-U', 'studio', '-A', 'scram-sha-256', `--pwfile=${pw}`, '-N', '-E', 'UTF8', '--no-locale']);
		await this.start();
		const r = spawnSync(path.join(this.bin, 'createdb'), ['-h', '127.0.0.1', '-p', String(this.port), '-U', 'studio', 'studio'],
		    { env: { ...process.env, PGPASSWORD: 'studio-test-pw' }, encoding: 'utf8', cwd: '/' });
		assert.equal(r.status, 0, r.stderr);
		return this;
	}
	get url() {
		return `postgres://studio:studio-test-pw@127.0.0.1:${this.port}/studio`;
	}
	/* As the user postgres where this is root. */
	as(cmd, args) {
		return h.IS_ROOT ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--init-groups', cmd, ...args]] : [cmd, args];
	}
	run(tool, args) {
		const [cmd, all] = this.as(path.join(this.bin, tool), args);
		const r = spawnSync(cmd, all, { encoding: 'utf8', cwd: '/' });
		assert.equal(r.status, 0, `${tool}: ${r.stderr || r.error}`);
	}
	async start() {
		const [cmd, args] = this.as(path.join(this.bin, 'postgres'),
		    ['-D', this.data, '-p', String(this.port), '-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=${this.dir}`, '-c', 'fsync=off', '-c', 'max_connections=60']);
		this.child = spawn(cmd, args, { stdio: 'ignore', cwd: '/' });
		await h.until(20, 'PostgreSQL answers', () =>
			spawnSync(path.join(this.bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(this.port)]).status === 0);
	}
	/* What psql says to a statement. */
	query(sql) {
		const r = spawnSync(path.join(this.bin, 'psql'), ['-X', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', this.url, '-c', sql], { encoding: 'utf8', cwd: '/' });
		assert.equal(r.status, 0, r.stderr);
		return r.stdout.trim();
	}
	/* SIGINT is PostgreSQL's fast shutdown, SIGQUIT its crash. */
	async stop(signal = 'SIGINT') {
		if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null)
			return;
		const members = h.family(this.child.pid);
		this.child.kill(signal);
		await h.until(15, 'PostgreSQL ends', () => !members.some(h.isAlive));
	}
}

module.exports = { Postgres };
