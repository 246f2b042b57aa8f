package data

import (
	"context"
	"fmt"
	"slices"

	"github.com/pffedge/pffedge/model"
)

// Heart is a class that is none of the synthetic digits and drawn by the same pen, to
// teach a network that knows those.
const Heart = "heart"

// heartSeed sets the hearts of a seed apart from its digits.
const heartSeed = 0x6865617274

// heartGlyphs holds the ways to write a heart: broad, narrow, open at the top.
var heartGlyphs = []glyph{
	{{{50, 28}, {36, 8}, {16, 14}, {12, 38}, {30, 68}, {50, 95}}, {{50, 95}, {70, 68}, {88, 38}, {84, 14}, {64, 8}, {50, 28}}},
	{{{50, 34}, {41, 9}, {24, 10}, {20, 36}, {34, 66}, {52, 95}}, {{52, 95}, {66, 66}, {80, 36}, {76, 10}, {60, 10}, {50, 34}}},
	{{{58, 42}, {49, 18}, {31, 6}, {14, 22}, {20, 52}, {50, 94}}, {{50, 94}, {80, 52}, {86, 22}, {69, 6}, {53, 20}, {46, 38}}},
}

// Hearts draws opt.Samples hearts. Sample i of a split depends on the seed, the split
// and i alone. With opt.Classes the class must be among them.
func Hearts(ctx context.Context, opt Options) (*Set, error) {
	if opt.Samples < 1 {
		return nil, fmt.Errorf("%d samples wanted", opt.Samples)
	}
	if err := opt.validate(); err != nil {
		return nil, err
	}
	input, err := opt.image(Heart, digitSide, digitSide)
	if err != nil {
		return nil, err
	}
	if err := checkBytes(Heart, opt.Samples, max(digitSize, input.Size())); err != nil {
		return nil, err
	}
	index := newClassIndex(opt.Classes)
	label, err := index.label(Heart)
	if err != nil {
		return nil, err
	}
	pixels, c := make([]byte, opt.Samples*digitSize), newCanvas()
	for i := range opt.Samples {
		c.reset(opt.Seed^heartSeed, opt.Split, i)
		c.drawOne(pixels[i*digitSize:(i+1)*digitSize], heartGlyphs)
	}
	s := &Set{
		Input: input, Classes: index.names, Labels: slices.Repeat([]int32{label}, opt.Samples),
		Source: fmt.Sprintf("synthetic hearts, seed %d, %v split", opt.Seed, opt.Split),
	}
	s.pixels, err = resizeAll(ctx, Heart, pixels, model.Image(digitSide, digitSide), input)
	return s, err
}
