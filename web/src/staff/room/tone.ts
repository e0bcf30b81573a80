/** A soft tone of half a second, so that she knows which loudspeaker or headset will speak. */
export function playTone(): void {
  const context = new AudioContext();
  const tone = context.createOscillator();
  const level = context.createGain();
  tone.frequency.value = 660;
  level.gain.setValueAtTime(0, context.currentTime);
  level.gain.linearRampToValueAtTime(0.2, context.currentTime + 0.05);
  level.gain.linearRampToValueAtTime(0, context.currentTime + 0.5);
  tone.connect(level).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + 0.5);
  tone.onended = () => void context.close();
}
