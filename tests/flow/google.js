'use strict';
/* tests/flow/google.js - a Google of the test's own: the emulator by itself, and a recorder that
 * stands in front of it and keeps what it was asked. Google's SDKs come from tests/npm.
 * Licence: Apache-2.0. */
const crypto = require('node:crypto');
const http = require('node:http');
const fs = require('node:fs');
const path = require('node:path');
const { spawn } = require('node:child_process');
const { Api } = require('./client');
const { npm } = require('./answers');
const h = require('./harness');

const ACCOUNT = path.join(h.ROOT, 'etc/dev/service-account.json');

class Google {
	/* Flags of the emulator, as { 'image-scale': 0.25 }. */
	async start(flags = {}) {
		this.dir = h.makeDir(0o700);
		this.flags = Object.entries(flags).map(([k, v]) => `--${k}=${v}`);
		return this.begin();
	}
	async begin() {
		let said = '';
		this.child = spawn(path.join(h.BUILD, 'google-emulator'), ['--listen', '127.0.0.1:0', '--data', path.join(this.dir, 'google'),
			'--service-account', ACCOUNT, '--die-with-parent', ...this.flags], { stdio: ['ignore', 'pipe', 'inherit'] });
		this.child.stdout.on('data', (d) => { said += d; });
		this.url = (await h.until(10, 'the emulator listens', () => said.match(/listening on (http:\S+)/)))[1];
		this.api = new Api(this.url, this.api?.token);
		this.port = Number(new URL(this.url).port);
		return this;
	}
	/* kill -9, and up again on the same data, at another port. */
	async again() {
		await this.end('SIGKILL');
		return this.begin();
	}
	async end(signal) {
		const gone = new Promise((yes) => this.child.once('exit', yes));
		this.child.kill(signal);
		await gone;
	}
	async fault(fault, match = {}, times = 1, skip = 0) {
		(await this.api.post('/emulator/faults', { match, fault, times, skip })).must(200);
	}
	async stop() {
		await this.end('SIGTERM');
		fs.rmSync(this.dir, { recursive: true, force: true });
	}
}

/* Passes requests on to `url` and keeps { method, path, headers, body } of each; a body that is
 * JSON is kept parsed. */
class Recorder {
	async start(url) {
		this.seen = [];
		this.server = http.createServer((q, r) => {
			const parts = [];
			q.on('data', (d) => parts.push(d));
			q.on('end', () => this.pass(new URL(url), q, Buffer.concat(parts), r));
		});
		await new Promise((yes) => this.server.listen(0, '127.0.0.1', yes));
		this.port = this.server.address().port;
		this.url = `http://127.0.0.1:${this.port}`;
		return this;
	}
	pass(to, q, body, r) {
		let kept = body;
		try {
			kept = JSON.parse(body);
		} catch { /* media and forms stay bytes */ }
		this.seen.push({ method: q.method, path: q.url, headers: q.headers, body: kept });
		const headers = { ...q.headers, 'content-length': body.length };
		delete headers['transfer-encoding'];
		const on = http.request({ host: to.hostname, port: to.port, method: q.method, path: q.url, headers }, (a) => {
			r.writeHead(a.statusCode, a.headers);
			a.pipe(r);
		});
		on.on('error', () => r.destroy());
		on.end(body);
	}
	/* Bodies of the requests whose path has `part`, oldest first, and forgets them. */
	take(part) {
		const found = this.seen.filter((s) => s.path.includes(part));
		this.seen = this.seen.filter((s) => !found.includes(s));
		return found;
	}
	stop() {
		this.server.closeAllConnections();
		return new Promise((yes) => this.server.close(yes));
	}
}

/* A bearer for Google's SDKs that the account's key signs itself: no token endpoint is asked. */
function selfSigned(account) {
	const { JWT } = npm('google-auth-library');
	const auth = new JWT({ email: account.client_email, key: account.private_key, keyId: account.private_key_id,
		scopes: ['https://www.googleapis.com/auth/cloud-platform'] });
	auth.useJWTAccessWithScope = true;
	return auth;
}

/* The same without an SDK: the bearer itself, good for an hour. */
function bearer(account) {
	const part = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
	const iat = Math.floor(Date.now() / 1000);
	const text = `${part({ alg: 'RS256', typ: 'JWT', kid: account.private_key_id })}.${part({ iss: account.client_email, sub: account.client_email,
		scope: 'https://www.googleapis.com/auth/cloud-platform', iat, exp: iat + 3600 })}`;
	return `${text}.${crypto.sign('sha256', Buffer.from(text), account.private_key).toString('base64url')}`;
}

module.exports = { Google, Recorder, ACCOUNT, selfSigned, bearer };
