import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { openAnswers } from '../../src/api/open-answers.ts';

const answer = (destroyed = false): EventEmitter & { destroyed: boolean } =>
  Object.assign(new EventEmitter(), { destroyed });

describe('answers that go on for long', () => {
  it('are counted for each project until they are closed', () => {
    const enter = openAnswers(2, 'exports');
    const [one, two] = [answer(), answer()];
    enter('ours', one);
    enter('ours', two);
    expect(() => enter('ours', answer())).toThrow('2 exports open');
    enter('theirs', answer());
    one.emit('close');
    enter('ours', answer());
    expect(() => enter('ours', answer())).toThrow('2 exports open');
  });

  it('are not counted where their client has gone already', () => {
    const enter = openAnswers(1, 'exports');
    enter('ours', answer(true));
    enter('ours', answer(true));
    enter('ours', answer());
    expect(() => enter('ours', answer(true))).toThrow('1 exports open');
  });
});
