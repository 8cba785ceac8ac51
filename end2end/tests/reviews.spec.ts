// What both sides say of an order when it is over, and whether it is still in use months later.
import * as order from "./pages/order.ts";
import * as organization from "./pages/organization.ts";
import * as reviews from "./pages/reviews.ts";
import { enter, signIn } from "./pages/sign_in.ts";
import { goTo, synced, title, waiting, worksOffline } from "./pages/site.ts";
import { Client, deliver, published } from "./support/api.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

test("what one side says of an order the other sees only when both have said it, also offline", async ({ device, server }) => {
  test.setTimeout(120_000);
  const name = "晒谷坪的路灯";
  const takes = await Client.signIn(server.url, people.otherOrganization, people.password);
  const cadres = await Client.signIn(server.url, people.village, people.password);
  const id = await deliver(takes, await published(server.url, name), 4);
  await cadres.does("ConfirmDelivery", { order: id });

  const cadre = await device("village").open();
  await enter(cadre, people.village);
  const member = await device("member").open();
  await signIn(member, people.otherOrganization);
  await goTo(cadre, "待办");
  await organization.waiting(cadre).filter({ hasText: name }).click();
  await reviews.review(cadre, ["都做到了", "一般", "愿意"], "灯很亮，就是晚了两天");
  await expect(title(cadre)).toHaveText("待办");
  await synced(cadre);
  await expect(organization.waiting(cadre).filter({ hasText: name })).toHaveCount(0);
  await cadre.goto(`${server.url}/orders/${id}`);
  await expect(reviews.reviews(cadre)).toContainText("灯很亮，就是晚了两天");
  await expect(reviews.reviews(cadre)).toContainText("双方和主管部门才看得到");

  await worksOffline(member);
  await member.goto(`${server.url}/orders/${id}`);
  await expect(order.state(member)).toContainText("已确认");
  await expect(member.getByRole("main")).not.toContainText("灯很亮");
  await server.stop();
  await member.getByRole("link", { name: "评一评这一单" }).click();
  await reviews.review(member, ["一样", "配合了", "愿意"], "村里专门派人帮忙");
  await expect(title(member)).toHaveText("待办");
  await server.start();
  await synced(member);
  for (const page of [cadre, member]) {
    await page.goto(`${server.url}/orders/${id}`);
    await expect(reviews.reviews(page)).toContainText("灯很亮，就是晚了两天");
    await expect(reviews.reviews(page)).toContainText("村里专门派人帮忙");
  }
});

test("a village says months later what is still in use, also without a network, and is not asked again", async ({ device, server }) => {
  const name = "助餐点缺蒸饭柜和餐桌，30位老人等着吃";
  const cadre = await device("village").open();
  await signIn(cadre, people.village);
  await goTo(cadre, "待办");
  const question = organization.waiting(cadre).and(cadre.locator('[href$="/use"]')).filter({ hasText: name });
  await expect(question).toContainText("去回答");
  const address = (await question.getAttribute("href"))!.replace(/\/use$/, "");
  await server.stop();
  await question.click();
  await expect(title(cadre)).toHaveText("还在用吗");
  await reviews.answer(cadre, "有的在用", "消毒柜坏了，送去修了");
  await expect(title(cadre)).toHaveText("待办");
  await expect(question).toHaveCount(0);
  await waiting(cadre, 1);
  await server.start();
  await synced(cadre);
  await expect(question).toHaveCount(0);
  await cadre.goto(server.url + address);
  await expect(cadre.getByRole("main")).toContainText("消毒柜坏了，送去修了");
});
