import { describe, expect, it } from 'vitest';
import { others } from './arrange';
import { parseFrame, type Present } from './protocol';
import { preferVoice } from './sdp';
import { keepOnly, participantOf, withStream, type Far } from './streams';

const stream = (id: string) => ({ id }) as MediaStream;

describe('whose stream it is', () => {
  it('is told by the participant’s id without dashes', () => {
    expect(participantOf('0b0b0b0b00004000800000000000000a')).toBe('0b0b0b0b-0000-4000-8000-00000000000a');
  });

  it.each(['', '-', '0b0b0b0b-0000-4000-8000-00000000000a', '0b0b0b0b0000400080000000000000', 'zzzzzzzz00004000800000000000000a'])(
    'is nobody’s for %j',
    (id) => expect(participantOf(id)).toBeUndefined(),
  );

  it('replaces the older stream of the same participant', () => {
    const far = withStream(withStream([], { participant: 'a', stream: stream('1') }), { participant: 'a', stream: stream('2') });
    expect(far).toEqual([{ participant: 'a', stream: { id: '2' } }]);
  });

  it('goes with its participant', () => {
    const far: Far[] = [{ participant: 'a', stream: stream('1') }, { participant: 'b', stream: stream('2') }];
    expect(keepOnly(far, ['b']).map((one) => one.participant)).toEqual(['b']);
    expect(keepOnly(far, ['a', 'b'])).toBe(far);
  });
});

describe('who is large', () => {
  const one = (id: string, kind: Present['kind'], more: Partial<Present> = {}): Present => ({ id, kind, seat: 'desk', me: false, present: true, audio: true, video: true, ...more });

  it('is the person or the relative, never the official, oneself or somebody absent', () => {
    const room = [one('o', 'official'), one('me', 'contact', { me: true }), one('gone', 'person', { present: false }), one('p', 'person'), one('i', 'interpreter')];
    expect(others(room).map((far) => far.id)).toEqual(['p', 'o', 'i']);
  });
});

describe('the description of the voice', () => {
  const sdp = 'v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n';

  it('asks for error correction and for silence not to be sent', () => {
    expect(preferVoice(sdp)).toContain('a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1\r\n');
  });

  it('changes nothing else', () => {
    const lines = (text: string) => text.split('\r\n').filter((line) => !line.startsWith('a=fmtp:111'));
    expect(lines(preferVoice(sdp))).toEqual(lines(sdp));
    expect(preferVoice('v=0\r\n')).toBe('v=0\r\n');
  });
});

describe('a frame from the room', () => {
  it.each(['', 'nonsense', '[]', 'null', '7', '{}', '{"type":7}'])('is nothing when it is %j', (text) => {
    expect(parseFrame(text)).toBeUndefined();
  });

  it('is taken when it has a type', () => {
    expect(parseFrame('{"type":"pong","n":3}')).toEqual({ type: 'pong', n: 3 });
  });
});
