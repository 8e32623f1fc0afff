// Two real browsers against a real `flowroom up`: what a person would do, seen by another person.

import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const BROWSERS = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"];

export default defineConfig({
  testDir: ".",
  testIgnore: process.env.PICTURES ? [] : ["pictures.spec.ts"], // they write into docs/images
  outputDir: "../../build/e2e",
  reporter: [["list"], ["junit", { outputFile: "../../build/e2e.xml" }]],
  workers: 2, // each with a Flowroom of its own
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: Boolean(process.env.CI),
  use: {
    viewport: { width: 1440, height: 900 },
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? BROWSERS.find((path) => existsSync(path)),
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
