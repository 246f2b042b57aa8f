package instructions

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// pattern is a class of A64 instructions: those whose masked word is value.
type pattern struct{ mask, value uint32 }

func (p pattern) matches(word uint32) bool { return word&p.mask == p.value }

func anyMatches(list []pattern, word uint32) bool {
	for _, p := range list {
		if p.matches(word) {
			return true
		}
	}
	return false
}

// The instructions that do the work of a product, as the Arm Architecture
// Reference Manual (DDI 0487, C4.1) encodes them. Bit 30 chooses between 64
// and 128 bits and must be 1: half a register counts as waste.
var (
	fmla = []pattern{
		{0xffa0fc00, 0x4e20cc00}, // FMLA by vector
		{0xff80f400, 0x4f801000}, // FMLA by element, single or double
	}
	sdot = []pattern{
		{0xffe0fc00, 0x4e809400}, // SDOT by vector
		{0xffc0f400, 0x4f80e000}, // SDOT by element
	}
	smlal = []pattern{
		{0xbf20fc00, 0x0e20c000}, // SMULL, SMULL2
		{0xbf20fc00, 0x0e208000}, // SMLAL, SMLAL2
	}
)

// The instructions of a function's start that a full stack takes a detour
// through, see withoutDetours.
var (
	call          = pattern{0xfc000000, 0x94000000} // BL
	jump          = pattern{0xfc000000, 0x14000000} // B
	conditionally = pattern{0xff000010, 0x54000000} // B.cond
)

// target returns where the branch word at address at leads.
func target(at uint64, word uint32) uint64 {
	offset := int32(word<<6) >> 4 // 26 bits, in words
	if conditionally.matches(word) {
		offset = int32(word<<8) >> 13 << 2 // 19 bits from bit 5
	}
	return at + uint64(int64(offset))
}

// TestPatterns holds the classes to words that GNU as assembled.
func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		text string
		word uint32
		want string
	}{
		{"fmla v8.4s, v6.4s, v0.s[0]", 0x4f8010c8, "fmla"},
		{"fmla v31.4s, v7.4s, v5.s[3]", 0x4fa518ff, "fmla"},
		{"fmla v1.4s, v2.4s, v3.4s", 0x4e23cc41, "fmla"},
		{"fmla v1.2s, v2.2s, v3.2s", 0x0e23cc41, ""},
		{"fmls v1.4s, v2.4s, v3.4s", 0x4ea3cc41, ""},
		{"fmul v8.4s, v6.4s, v0.s[0]", 0x4f8090c8, ""},
		{"fadd v1.4s, v2.4s, v3.4s", 0x4e23d441, ""},
		{"sdot v1.4s, v2.16b, v3.16b", 0x4e839441, "sdot"},
		{"sdot v31.4s, v2.16b, v3.4b[3]", 0x4fa3e85f, "sdot"},
		{"udot v1.4s, v2.16b, v3.16b", 0x6e839441, ""},
		{"smull v1.8h, v2.8b, v3.8b", 0x0e23c041, "smlal"},
		{"smlal2 v1.8h, v2.16b, v3.16b", 0x4e238041, "smlal"},
		{"umlal2 v1.8h, v2.16b, v3.16b", 0x6e238041, ""},
		{"sadalp v1.4s, v2.8h", 0x4e606841, ""},
	} {
		got := ""
		for name, class := range map[string][]pattern{"fmla": fmla, "sdot": sdot, "smlal": smlal} {
			if anyMatches(class, c.word) {
				got += name
			}
		}
		require.Equal(t, c.want, got, c.text)
	}
}
