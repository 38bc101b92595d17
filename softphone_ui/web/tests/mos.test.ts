import assert from "node:assert/strict";
import { test } from "node:test";

import { estimate, opinion, rating } from "../src/mos.ts";

const near = (value: number, expected: number, within = 0.02) =>
  assert.ok(Math.abs(value - expected) <= within, `${value}, not ${expected}`);

test("without loss and delay it is as good as a telephone gets", () => {
  near(rating(0, 0), 93.2);
  near(opinion(93.2), 4.41);
});

test("the opinions are those of G.107, annex B", () => {
  near(opinion(90), 4.34);
  near(opinion(80), 4.02);
  near(opinion(70), 3.6);
  near(opinion(60), 3.1);
  near(opinion(50), 2.58);
});

test("no rating is better than the best, none worse than the worst", () => {
  assert.equal(opinion(-5), 1);
  assert.equal(opinion(120), 4.5);
});

test("five in a hundred lost are heard", () => {
  near(rating(0.05, 0), 93.2 - (95 * 5) / 30.1, 0.001);
  assert.ok(opinion(rating(0.05, 0)) < 4);
});

test("a delay is forgiven until it makes people talk at once", () => {
  near(rating(0, 150), 89.6);
  near(rating(0, 300), 93.2 - 7.2 - 13.497, 0.001);
});

test("only what happened since the last look counts", () => {
  const before = { received: 1000, lost: 500, roundTrip: 0, buffered: 0 };
  const good = estimate(before, { received: 1250, lost: 500, roundTrip: 0.04, buffered: 0.06 });
  assert.ok(good !== null && good > 4.3);
  const bad = estimate(before, { received: 1200, lost: 550, roundTrip: 0.04, buffered: 0.06 });
  assert.ok(bad !== null && bad < 3);
});

test("when nothing is to be heard there is no opinion", () => {
  const silent = { received: 10, lost: 0, roundTrip: 0, buffered: 0 };
  assert.equal(estimate(silent, silent), null);
});

test("a packet that was counted as lost and came after all is no negative loss", () => {
  const before = { received: 10, lost: 5, roundTrip: 0, buffered: 0 };
  near(estimate(before, { received: 60, lost: 3, roundTrip: 0, buffered: 0 }) ?? 0, 4.4);
});
