// An MQTT.js client whose events a scenario can wait for.
'use strict';
const mqtt = require('mqtt');
const assert = require('node:assert/strict');
const fs = require('node:fs');

const DEADLINE = 60_000;
// How the broker is reached, where it is not TCP: scheme, path, ca, cert, key, tls.
const WAY = JSON.parse(process.env.MQTT_WAY ?? '{}');

// The certificates and the one version of TLS that the environment asks for.
function tlsOptions() {
  const files = ['ca', 'cert', 'key'].filter((kind) => kind in WAY);
  const options = Object.fromEntries(files.map((kind) => [kind, fs.readFileSync(WAY[kind])]));
  if ('tls' in WAY) options.minVersion = options.maxVersion = `TLSv${WAY.tls}`;
  return options;
}

// A queue one can wait on.
class Inbox {
  constructor() { this.items = []; this.waiting = []; }
  put(item) { const next = this.waiting.shift(); if (next) next(item); else this.items.push(item); }
  take(what) {
    if (this.items.length > 0) return Promise.resolve(this.items.shift());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${what} in time`)), DEADLINE);
      this.waiting.push((item) => { clearTimeout(timer); resolve(item); });
    });
  }
}

class Peer {
  // `prepare` sees the client before anything is sent.
  static async connect(port, options = {}, prepare = () => {}) {
    const peer = new Peer();
    peer.messages = new Inbox();
    peer.disconnects = new Inbox();
    peer.closes = new Inbox();
    const base = { protocolVersion: 5, reconnectPeriod: 0, keepalive: 0, connectTimeout: DEADLINE };
    const all = { ...base, ...tlsOptions(), ...options };
    if (all.protocolVersion === 3) all.protocolId = 'MQIsdp';
    peer.client = mqtt.connect(`${WAY.scheme ?? 'mqtt'}://127.0.0.1:${port}${WAY.path ?? ''}`, all);
    prepare(peer.client);
    peer.client.on('message', (topic, payload, packet) => peer.messages.put({ topic, text: payload.toString(), payload, packet }));
    peer.client.on('disconnect', (packet) => peer.disconnects.put(packet));
    peer.client.on('close', () => peer.closes.put(true));
    peer.connack = await new Promise((resolve, reject) => {
      peer.client.once('connect', resolve);
      peer.client.once('error', reject);
    });
    peer.client.on('error', () => {});
    return peer;
  }
  async subscribe(filter, options) {
    const granted = await this.client.subscribeAsync(filter, options);
    for (const one of granted) assert.ok(one.qos < 0x80, `SUBACK ${one.qos}`);
    return granted;
  }
  publish(topic, payload, options = {}) { return this.client.publishAsync(topic, payload, options); }
  message() { return this.messages.take('message'); }
  async expectNothingBefore(topic, publisher) {
    await publisher.publish(topic, 'marker', { qos: 1 });
    assert.equal((await this.message()).text, 'marker');
  }
  breakOff() { this.client.stream.destroy(); return this.closes.take('close'); }
  close() { return this.client.endAsync(); }
}

module.exports = { Peer, Inbox, WAY, assert };
