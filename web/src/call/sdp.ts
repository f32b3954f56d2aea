// The few lines of a session description that we read or change.

/** Voice first: Opus with error correction inside and silence not sent. */
export function preferVoice(sdp: string): string {
  const payload = /^a=rtpmap:(\d+) opus\/48000/im.exec(sdp)?.[1];
  if (!payload) return sdp;
  return sdp.replace(new RegExp(`^a=fmtp:${payload} (.*)$`, 'm'), (_line, given: string) => {
    const kept = given.split(';').map((one) => one.trim()).filter((one) => !/^(usedtx|useinbandfec)=/.test(one));
    return `a=fmtp:${payload} ${[...kept, 'useinbandfec=1', 'usedtx=1'].join(';')}`;
  });
}
