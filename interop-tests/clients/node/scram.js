// SCRAM-SHA-256 as MQTT 5 carries it: MQTT.js for the packets, scramp for the messages.
// `scram.js NAME PORT` ends with status 0 when everything held; the broker knows alice, whose password is wonderland.
'use strict';
const { spawn } = require('node:child_process');
const path = require('node:path');
const readline = require('node:readline');
const { Peer, Inbox, assert } = require('./peer.js');

const authenticationMethod = 'SCRAM-SHA-256';

// One exchange of scramp: what the client says, given what it hears.
class Scram {
  constructor(user, password) {
    this.child = spawn('python3', [path.join(__dirname, '../python/scram.py'), user, password], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = new Inbox();
    readline.createInterface(this.child.stdout).on('line', (line) => this.lines.put(Buffer.from(line, 'base64')));
  }
  says() { return this.lines.take('message of scramp'); }
  answers(data) { this.child.stdin.write(`${data.toString('base64')}\n`); return this.says(); }
  async verify(data) { assert.equal((await this.answers(data)).toString(), 'verified'); }
}

// Connects; the answers to the broker's AUTH come from whatever exchange is under way.
async function login(port, user, password, change = (data) => data, heard = []) {
  const exchange = { scram: new Scram(user, password), done: new Inbox() };
  const properties = { authenticationMethod, authenticationData: await exchange.scram.says() };
  const connecting = Peer.connect(port, { properties, clientId: user }, (client) => {
    client.handleAuth = (packet, callback) => {
      if (packet.reasonCode === 0) { exchange.done.put(packet); callback(); return; }
      heard.push(packet.properties.authenticationData.toString());
      exchange.scram.answers(packet.properties.authenticationData).then((data) => {
        callback(undefined, { cmd: 'auth', reasonCode: 0x18, properties: { authenticationMethod, authenticationData: change(data) } });
      }, callback);
    };
  });
  return { exchange, peer: await connecting };
}

async function refusal(promise) {
  try { await promise; } catch (error) { return error.code; }
  throw new Error('it was let in');
}

async function loggedIn(port) {
  const { exchange, peer } = await login(port, 'alice', 'wonderland');
  await exchange.scram.verify(peer.connack.properties.authenticationData);
  assert.equal(peer.connack.properties.authenticationMethod, authenticationMethod);
  await peer.subscribe('own', { qos: 1 });
  await peer.publish('own', 'heard', { qos: 1 });
  assert.equal((await peer.message()).text, 'heard');
  return { exchange, peer };
}

async function again(exchange, peer, user, password) {
  exchange.scram = new Scram(user, password);
  const properties = { authenticationMethod, authenticationData: await exchange.scram.says() };
  peer.client._sendPacket({ cmd: 'auth', reasonCode: 0x19, properties });
}

// MQTT 5 table 3-1 has 0x86 in a CONNACK, table 3-13 has not in a DISCONNECT.
const [BAD_USER_OR_PASSWORD, NOT_AUTHORIZED, BAD_METHOD] = [0x86, 0x87, 0x8c];

const scenarios = {
  async login(port) { await loggedIn(port); },

  async wrongPassword(port) { assert.equal(await refusal(login(port, 'alice', 'looking-glass')), BAD_USER_OR_PASSWORD); },

  // RFC 5802 §9 and RFC 7677 §4: who asks must not learn which users there are.
  async unknownUser(port) {
    const challenges = {};
    for (const user of ['alice', 'nobody', 'nobody']) {
      const heard = [];
      assert.equal(await refusal(login(port, user, 'looking-glass', undefined, heard)), BAD_USER_OR_PASSWORD);
      assert.equal(heard.length, 1);
      const [, salt, rounds] = heard[0].match(/,s=([^,]+),i=(\d+)$/);
      challenges[user] ??= { salt, rounds };
      assert.deepEqual(challenges[user], { salt, rounds }, 'the same salt whenever it is asked');
    }
    const { alice, nobody } = challenges;
    assert.deepEqual([nobody.rounds, nobody.salt.length], [alice.rounds, alice.salt.length]);
    assert.notEqual(nobody.salt, alice.salt);
  },

  async unknownMethod(port) {
    const properties = { authenticationMethod: 'SCRAM-SHA-1', authenticationData: Buffer.from('n,,n=alice,r=abc') };
    assert.equal(await refusal(Peer.connect(port, { properties })), BAD_METHOD);
  },

  async forgedProof(port) {
    const forge = (data) => Buffer.from(data.toString().replace(/p=.*/, `p=${Buffer.alloc(32).toString('base64')}`));
    assert.equal(await refusal(login(port, 'alice', 'wonderland', forge)), BAD_USER_OR_PASSWORD);
  },

  async again(port) {
    const { exchange, peer } = await loggedIn(port);
    await again(exchange, peer, 'alice', 'wonderland');
    const success = await exchange.done.take('AUTH with success');
    await exchange.scram.verify(success.properties.authenticationData);
    await peer.publish('own', 'still here', { qos: 1 });
    assert.equal((await peer.message()).text, 'still here');
  },

  async againWithAWrongPassword(port) {
    const { exchange, peer } = await loggedIn(port);
    await again(exchange, peer, 'alice', 'looking-glass');
    assert.equal((await peer.disconnects.take('DISCONNECT')).reasonCode, NOT_AUTHORIZED);
    await peer.closes.take('close');
  },

  async againAsSomebodyElse(port) {
    const { exchange, peer } = await loggedIn(port);
    await again(exchange, peer, 'bob', 'builder');
    assert.equal((await peer.disconnects.take('DISCONNECT')).reasonCode, NOT_AUTHORIZED);
    await peer.closes.take('close');
  },
};

const [, , name, port] = process.argv;
scenarios[name](Number(port)).then(
  () => { console.log('ok'); process.exit(0); },
  (error) => { console.error(error); process.exit(1); },
);
