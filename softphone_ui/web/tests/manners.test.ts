import assert from "node:assert/strict";
import { test } from "node:test";

import { answersItself, dialable, pauseBefore } from "../src/manners.ts";

test("a call that asks for it is answered at once", () => {
  assert.ok(answersItself("<sip:hotline.invalid>;answer-after=0"));
  assert.ok(answersItself("<uri>; Answer-After = 0"));
  assert.ok(answersItself("<uri>;answer-after=0;x=y"));
});

test("any other call rings", () => {
  assert.ok(!answersItself(undefined));
  assert.ok(!answersItself(""));
  assert.ok(!answersItself("<uri>;answer-after=5"));
  assert.ok(!answersItself("<uri>;answer-after=05"));
  assert.ok(!answersItself("<answer-after=0>;icon"));
});

test("each pause is twice as long, half of it by chance, and none is longer than ten seconds", () => {
  assert.equal(
    pauseBefore(0, () => 0),
    250,
  );
  assert.equal(
    pauseBefore(0, () => 1),
    500,
  );
  assert.equal(
    pauseBefore(3, () => 1),
    4000,
  );
  assert.equal(
    pauseBefore(1000, () => 1),
    10_000,
  );
});

test("only keys are dialled", () => {
  assert.equal(dialable("+86 95000 ext *1#"), "8695000*1#");
  assert.equal(dialable("1".repeat(50)).length, 20);
});
