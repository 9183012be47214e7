package assign

import "unicode/utf8"

// FNV-1a, 32 bit: Fowler, Noll, Vo (RFC 9923).
const (
	fnvOffset uint32 = 2166136261
	fnvPrime  uint32 = 16777619
)

// The two ways to hash. Version 2 is for all new experiments; version 1 is what
// GrowthBook's older experiments and all its namespaces use.
const (
	V1 = 1
	V2 = 2
)

// Hash places value on the line from 0 (included) to 1 (excluded), in steps of
// 1/1000 (version 1) or 1/10000 (version 2). The seed, usually the
// experiment's key, makes experiments independent of one another. It is false
// for any other version: such a visitor is not in the experiment.
func Hash(seed, value string, version int) (n float64, ok bool) {
	h := newHasher(seed, version)
	return h.place(value)
}

// hasher is Hash with the work that does not depend on the visitor done once.
type hasher struct {
	version int
	seed    string
	seeded  uint32 // FNV state after the seed, where version 2 goes on from
}

func newHasher(seed string, version int) hasher {
	return hasher{version: version, seed: seed, seeded: fnv(fnvOffset, seed)}
}

func (h *hasher) place(value string) (float64, bool) {
	switch h.version {
	case V2:
		return float64(fnvDecimal(fnv(h.seeded, value))%10000) / 10000, true
	case V1:
		return float64(fnv(fnv(fnvOffset, value), h.seed)%1000) / 1000, true
	}
	return 0, false
}

// fnv goes on from state h over the UTF-16 code units of s. A byte that is not
// valid UTF-8 counts as U+FFFD, which is what a JavaScript decoder makes of it.
func fnv(h uint32, s string) uint32 {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			return fnvRunes(h, s[i:])
		}
		h = (h ^ uint32(c)) * fnvPrime
	}
	return h
}

func fnvRunes(h uint32, s string) uint32 {
	for _, r := range s {
		if r >= 0x10000 { // a surrogate pair: two units
			r -= 0x10000
			h = (h ^ uint32(0xD800+r>>10)) * fnvPrime
			r = 0xDC00 + r&0x3FF
		}
		h = (h ^ uint32(r)) * fnvPrime
	}
	return h
}

// fnvDecimal hashes n as the text of its decimal digits, without building it.
func fnvDecimal(n uint32) uint32 {
	var digits [10]byte
	i := len(digits)
	for {
		i--
		digits[i] = byte('0' + n%10)
		n /= 10
		if n == 0 {
			break
		}
	}
	h := fnvOffset
	for _, d := range digits[i:] {
		h = (h ^ uint32(d)) * fnvPrime
	}
	return h
}
