import { randomUUID } from "node:crypto";
import { Client, callable, inDays, needOf, publish } from "./support/api.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

test("eight times two organizations take the last piece at once: one has it, the other is told who", async ({ server }) => {
  const [village, county, department, one, other] = await Promise.all(
    [people.village, people.county, people.otherDepartment, people.organization, people.otherOrganization].map((phone) =>
      Client.signIn(server.url, phone, people.password),
    ),
  );
  for (let round = 1; round <= 8; round += 1) {
    const { need, content } = needOf(`第 ${round} 次抢最后一盏路灯`, 1);
    expect(await village.does("PostNeed", { need, content })).toMatchObject({ verdict: "applied" });
    await publish([county, department], need);

    const take = () => ({ order: randomUUID(), need, lines: [{ item: 1, quantity: 1 }], due: inDays(20), contact: callable });
    const verdicts = await Promise.all([one, other].map((client) => client.does("TakeOrder", take())));
    const applied = verdicts.filter((verdict) => verdict.verdict === "applied");
    const rejected = verdicts.filter((verdict) => verdict.verdict === "rejected");
    expect([applied.length, rejected.length]).toEqual([1, 1]);

    const winner = verdicts[0].verdict === "applied" ? one : other;
    const { code, params } = rejected[0].rejection!;
    expect(code).toBe("taken");
    expect(params.holders.map((holder: any) => holder.org_name)).toEqual([winner.profile.actor.role.org_name]);
    expect(params.wanted).toMatchObject([{ name: "路灯", wanted: 1, left: 0 }]);
    // Given back for the next round: nobody shall run into the limit of open orders. Those of one day count all the same.
    const order = (await winner.rows("order")).find((row) => row.body.need === need)!;
    expect(await winner.does("ReleaseOrder", { order: order.id, reason: "cannot_deliver", words: "只是测试" })).toMatchObject({ verdict: "applied" });
    expect(await village.does("WithdrawNeed", { need, reason: "no_longer_wanted" })).toMatchObject({ verdict: "applied" });
  }
});

test("a killed server has kept everything it acknowledged, and nothing twice", async ({ server }) => {
  const village = await Client.signIn(server.url, people.village, people.password);
  const acknowledged: string[] = [];
  const posting = (async () => {
    for (;;) {
      const { need, content } = needOf(`断电前的第 ${acknowledged.length + 1} 条`, 3);
      await village.does("PostNeed", { need, content });
      acknowledged.push(need);
    }
  })().catch(() => undefined);
  await expect.poll(() => acknowledged.length, { intervals: [5] }).toBeGreaterThan(20);
  await server.kill();
  await posting;
  await server.start();

  const again = await Client.signIn(server.url, people.village, people.password);
  const ids = (await again.rows("need")).map((row) => row.id);
  expect(acknowledged.filter((need) => !ids.includes(need))).toEqual([]);
  expect(new Set(ids).size).toBe(ids.length);
});
