// What a page does to the eye and the hand: how far things jump, how long it does not answer.
import type { Page } from "@playwright/test";

type Watched = { shift: number; jumped: string[]; longest: number };

/** From the next page on, notes what moves by itself and what keeps the page busy. */
export async function watch(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen: Watched = { shift: 0, jumped: [], longest: 0 };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as any[]) {
        // What follows a tap within half a second is the tap's doing.
        if (entry.hadRecentInput) continue;
        seen.shift += entry.value;
        seen.jumped.push(...entry.sources.map(({ node }: { node?: Element }) => `${entry.value.toFixed(4)} ${node?.outerHTML?.slice(0, 100) ?? node}`));
      }
    }).observe({ type: "layout-shift", buffered: true });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration);
    }).observe({ type: "longtask" });
  });
}

export const seen = (page: Page): Promise<Watched> => page.evaluate(() => (window as any).seen);

/** Forgets how long the page was busy until now. */
export const forgetBusy = (page: Page): Promise<void> => page.evaluate(() => void ((window as any).seen.longest = 0));
