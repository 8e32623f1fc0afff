// What axe finds in a page, in both themes, as sentences. Injected through the debugger, which the page's security policy
// does not concern.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "./flowroom";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

interface Axe {
  run: (options: object) => Promise<{ violations: Violation[] }>;
}

/** Nothing but colours differs between the themes: in the second one only these are looked at again. */
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

export async function violations(page: Page): Promise<string[]> {
  const isDark = await page.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches);
  const [here, there] = isDark ? (["dark", "light"] as const) : (["light", "dark"] as const);
  const found = await violationsIn(page, here);
  await page.emulateMedia({ colorScheme: there });
  const foundThere = await violationsIn(page, there, OF_COLOURS);
  await page.emulateMedia({ colorScheme: here });
  return [...found, ...foundThere];
}

async function violationsIn(page: Page, theme: "light" | "dark", rules?: string[]): Promise<string[]> {
  await settled(page);
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const options = { resultTypes: ["violations"], ...(rules && { runOnly: rules }) };
  const found = await page.evaluate(
    async (given) => (await (window as unknown as { axe: Axe }).axe.run(given)).violations,
    options,
  );
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${theme}: ${id}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ""}`));
}

/**
 * Colours fade in, from the next frame on, and axe measures what it sees: wait until nothing moves that will stop. What
 * goes by a scroll bar in place of the time stands still.
 */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const willStop = (each: Animation) =>
      each.playState === "running" && each.timeline === document.timeline && each.effect?.getComputedTiming().iterations !== Infinity;
    await frame();
    do await frame();
    while (document.getAnimations().some(willStop)); // some are never said to be finished
  });
}
