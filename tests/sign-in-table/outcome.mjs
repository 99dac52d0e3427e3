// The outcome of a trial: words that a stranger understands, and a rank, so that the worse of two
// outcomes is computed.
import { describeFailure, isHelpful } from "./failures.mjs";

/** From worst to best. */
const ranks = { leaks: 0, hangs: 1, accepts: 2, refuses: 3, helps: 4, pages: 5, alone: 6 };

const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

function describeSteps({ pages, dead, registrations, restarts }) {
  const parts = [
    (pages === 0 ? "no page" : count(pages, "page")) + (dead > 0 ? ` (${dead} dead)` : ""),
    registrations > 0 && count(registrations, "registration"),
    restarts > 0 && `after ${count(restarts, "failed start")}`,
  ];
  return parts.filter(Boolean).join(", ");
}

/** The outcome of a trial whose goal was reached. */
function reached(facts, { refuse }) {
  const text = `tool called, ${describeSteps(facts)}`;
  if (refuse) return { rank: ranks.accepts, facts, text: `not refused: ${text}` };
  return { rank: facts.pages > 0 ? ranks.pages : ranks.alone, facts, text };
}

/** The outcome of a trial whose goal was not reached. */
function failed(facts, error, situation, trial) {
  const { hangs, text } = describeFailure(error, trial);
  const isDead = facts.dead > 0 && facts.dead === facts.pages;
  if (isDead) {
    const times = facts.dead === 1 ? "once" : count(facts.dead, "time");
    return { rank: ranks.hangs, facts, text: `no sign-in: dead page opened ${times}` };
  }
  if (hangs) return { rank: ranks.hangs, hangs, facts, text: `${text}, ${describeSteps(facts)}` };
  const helps = isHelpful(facts.failures, situation.helps);
  return {
    rank: helps ? ranks.helps : ranks.refuses,
    facts,
    text: helps ? `${text} (with help)` : text,
  };
}

/** Runs the goal of a trial. Returns its outcome. */
export async function outcomeOf(trial) {
  const { situation } = trial;
  try {
    await trial.start();
    const error = await situation.goal(trial).then(
      () => undefined,
      (thrown) => thrown,
    );
    const facts = await trial.facts();
    const leak = situation.leaks?.(trial);
    if (leak) return { rank: ranks.leaks, facts, text: leak };
    return error ? failed(facts, error, situation, trial) : reached(facts, situation);
  } finally {
    await trial.stop();
  }
}

const costs = ({ restarts, pages, registrations }) => [restarts, pages, registrations];

/** Positive if the first outcome is better, negative if it is worse, 0 if they are equal. */
export function compare(one, other) {
  if (one.rank !== other.rank || one.rank < ranks.pages) return one.rank - other.rank;
  const others = costs(other.facts);
  const differences = costs(one.facts).map((cost, at) => others[at] - cost);
  return differences.find((difference) => difference !== 0) ?? 0;
}
