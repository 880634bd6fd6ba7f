import { defineHandler, finish } from 'sojourn/guest';
import { pickPrice } from './lib/price.ts';

export default defineHandler(() => finish(pickPrice([])));
