//! ggml's q8_0 and q4_0: blocks of 32 values that share one f16 scale.
//!
//! Rounding is that of ggml's reference quantizer, so files equal whisper.cpp's byte for byte.

use half::f16;

/// Values of one block.
pub(super) const BLOCK: usize = 32;

/// Appends `values`, a whole number of blocks, to `out`: scale, then 32 signed bytes.
pub(super) fn q8_0(values: &[f32], out: &mut Vec<u8>) {
    for block in values.as_chunks::<BLOCK>().0 {
        let peak = block.iter().fold(0.0_f32, |peak, v| peak.max(v.abs()));
        let scale = peak / 127.0;
        let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
        out.extend(f16::from_f32(scale).to_le_bytes());
        out.extend(block.map(|v| i8_of((v * inverse).round()).cast_unsigned()));
    }
}

/// Appends `values`, a whole number of blocks, to `out`: scale, then 16 bytes that hold value `i` in
/// the low half and value `i + 16` in the high one. The value of largest magnitude becomes -8.
pub(super) fn q4_0(values: &[f32], out: &mut Vec<u8>) {
    for block in values.as_chunks::<BLOCK>().0 {
        let further = |peak: f32, v: &f32| if v.abs() > peak.abs() { *v } else { peak };
        let peak = block.iter().fold(0.0, further);
        let scale = peak / -8.0;
        let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
        out.extend(f16::from_f32(scale).to_le_bytes());
        let nibble = |v: f32| i8_of(v * inverse + 8.5).clamp(0, 15).cast_unsigned();
        let (low, high) = block.split_at(BLOCK / 2);
        out.extend(
            low.iter()
                .zip(high)
                .map(|(l, h)| nibble(*l) | nibble(*h) << 4),
        );
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "values lie within the scale; `as` saturates"
)]
fn i8_of(value: f32) -> i8 {
    value as i8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The scale of a block, and its bytes.
    fn split(block: &[u8]) -> (f32, &[u8]) {
        let scale = f16::from_le_bytes([block[0], block[1]]);
        (scale.to_f32(), &block[2..])
    }

    #[test]
    fn q8_0_rounds_halves_away_from_zero() {
        let mut values = [0.0; BLOCK];
        values[..6].copy_from_slice(&[127.0, 0.5, -0.5, 1.5, -2.49, -127.0]);
        let mut out = Vec::new();
        q8_0(&values, &mut out);
        let (scale, bytes) = split(&out);
        assert_eq!(scale, 1.0);
        assert_eq!(bytes[..7], [127, 1, 255, 2, 254, 129, 0]);
        assert_eq!(out.len(), 34);
    }

    #[test]
    fn q4_0_keeps_the_sign_of_the_first_peak() {
        let mut values = [0.0; BLOCK];
        values[0] = 8.0;
        values[1] = -8.0;
        values[2] = 0.5;
        values[16] = -3.0;
        let mut out = Vec::new();
        q4_0(&values, &mut out);
        let (scale, bytes) = split(&out);
        // 8 is the first peak, so the scale is -1: 8 → 0, -8 → 16 held at 15, 0.5 → 8, -3 → 11.
        assert_eq!(scale, -1.0);
        assert_eq!(bytes[..4], [0xb0, 0x8f, 0x88, 0x88]);
        assert_eq!(out.len(), 18);
    }

    #[test]
    fn a_block_of_zeros_has_the_scale_zero() {
        let mut out = Vec::new();
        q8_0(&[0.0; BLOCK], &mut out);
        assert_eq!(out, [0; 34]);
        out.clear();
        q4_0(&[0.0; BLOCK], &mut out);
        assert_eq!(split(&out).0, 0.0);
        assert_eq!(out[2..], [0x88; 16]);
    }

    proptest! {
        #[test]
        fn values_come_back_within_half_a_step(values in proptest::array::uniform32(-4.0_f32..4.0)) {
            let mut out = Vec::new();
            q8_0(&values, &mut out);
            let (scale, bytes) = split(&out);
            for (value, byte) in values.iter().zip(bytes) {
                let back = f32::from(byte.cast_signed()) * scale;
                // Half a step, and what the f16 scale loses over 127 steps.
                prop_assert!((value - back).abs() <= scale * 0.57, "{value} {back} {scale}");
            }
        }

        #[test]
        fn any_bits_are_packed_without_panic(bits in proptest::array::uniform32(any::<u32>())) {
            let mut out = Vec::new();
            q8_0(&bits.map(f32::from_bits), &mut out);
            q4_0(&bits.map(f32::from_bits), &mut out);
            prop_assert_eq!(out.len(), 34 + 18);
        }
    }
}
