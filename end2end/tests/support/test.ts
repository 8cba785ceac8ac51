// The fixtures: a folder, a server, any number of devices, and a look at what went wrong unseen.
import { test as base, expect } from "@playwright/test";
import { mkdtempSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Device, type Screen } from "./device.ts";
import { Network } from "./network.ts";
import { work } from "./paths.ts";
import { Server } from "./server.ts";

type Fixtures = {
  folder: string;
  server: Server;
  /** A network between devices and the server that can be made to fail. */
  network: Network;
  /** A device of its own, straight at the server or behind a network. */
  device: (name: string, options?: { screen?: Screen; through?: Network }) => Device;
};

export const test = base.extend<Fixtures>({
  folder: async ({}, use, info) => {
    mkdirSync(work, { recursive: true });
    const folder = mkdtempSync(join(work, "test-"));
    await use(folder);
    if (info.status === info.expectedStatus) rmSync(folder, { recursive: true, force: true });
  },
  server: async ({ folder }, use) => {
    const server = await Server.start(folder);
    await use(server);
    await server.kill();
  },
  network: async ({ server }, use) => {
    const network = await Network.before(server.url);
    await use(network);
    await network.close();
  },
  device: async ({ folder, server }, use) => {
    const devices: Device[] = [];
    await use((name, { screen, through } = {}) => {
      const device = new Device(join(folder, name), (through ?? server).url, screen);
      devices.push(device);
      return device;
    });
    await Promise.all(devices.map((device) => device.close()));
    expect(devices.flatMap((device) => device.faults)).toEqual([]);
  },
});

export { expect };
