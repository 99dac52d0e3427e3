// What a client does in a situation, and what the person does meanwhile. Each goal throws if the
// tool cannot be called in the end.

/** Signs in and calls the tool. */
export const connect = (trial) => trial.connect();

/**
 * Signs in, and then the server changes (`situation.change`) and the access token expires, several
 * times. Only what happens after the change counts.
 */
export async function expire(trial) {
  await trial.connect();
  await trial.begin();
  const { change, times = 1 } = trial.situation;
  await change?.(trial.server, trial);
  for (let left = times; left > 0; left -= 1) {
    trial.server.expire();
    trial.home.expireInCache();
    await trial.connectAgain();
  }
}

/** The same, but nothing in the cache says that the server no longer accepts the token. */
export async function refuse(trial) {
  await trial.connect();
  await trial.begin();
  await trial.situation.change?.(trial.server, trial);
  trial.server.expire();
  await trial.connectAgain("--force");
}

/** Signs in and connects. Then the server changes, and the client calls the tool again. */
async function whileConnected(trial, spoil) {
  await trial.connect();
  const client = trial.client();
  try {
    await client.connect();
    await trial.begin();
    await trial.situation.change?.(trial.server, trial);
    spoil();
    await client.ping();
  } finally {
    await client.shutDown();
  }
}

/** The token expires while a client is connected. */
export const expireConnected = (trial) =>
  whileConnected(trial, () => {
    trial.server.expire();
    trial.home.expireInCache();
  });

/** The server no longer accepts the token while a client is connected. */
export const refuseConnected = (trial) => whileConnected(trial, () => trial.server.expire());

/**
 * The authorization server cannot refresh at the moment. The client fails, and works again later
 * without a page.
 */
export async function wait(trial) {
  await trial.connect();
  await trial.begin();
  const { during, after } = trial.situation;
  during(trial.server);
  trial.server.expire();
  trial.home.expireInCache();
  await trial.tryToConnectAgain();
  after(trial.server);
  await trial.connectAgain();
}
