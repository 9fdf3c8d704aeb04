import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../src/model/nearest.ts';

describe('editDistance', () => {
  it.each([
    { from: '', to: '', distance: 0 },
    { from: 'port', to: 'port', distance: 0 },
    { from: 'port', to: 'ports', distance: 1 },
    { from: 'port', to: 'por', distance: 1 },
    { from: 'port', to: 'pert', distance: 1 },
    { from: 'prot', to: 'port', distance: 1 },
    { from: '', to: 'abc', distance: 3 },
    { from: 'kitten', to: 'sitting', distance: 3 },
  ])('is $distance from "$from" to "$to"', ({ from, to, distance }) => {
    expect(editDistance(from, to)).toBe(distance);
    expect(editDistance(to, from)).toBe(distance);
  });
});

describe('nearest', () => {
  it('compares without case', () => {
    expect(nearest('LOGLEVEL', ['durability', 'logLevel'])).toBe('logLevel');
  });
  it('names nothing where nothing is near', () => {
    expect(nearest('zebra', ['durability', 'limits'])).toBeUndefined();
  });
});
