import { expect, it } from 'vitest';
import { crashUnderLoad } from './crash-load.ts';

it('loses nothing that it acknowledged and repeats no effect, killed under load', async () => {
  const { broken, objects, acknowledged } = await crashUnderLoad([1, 2, 3], 150);
  expect(broken).toEqual([]);
  expect(objects).toBeGreaterThan(0);
  expect(acknowledged).toBeGreaterThan(0);
}, 600_000);
