package runtime

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/pffedge/pffedge/model"
	"github.com/pffedge/pffedge/simd"
)

// How the latent mixtures are fitted.
const (
	overallComponents = 10   // of the mixture of all classes, as in the paper
	classComponents   = 5    // of each class's own mixture
	maxLatentSamples  = 5000 // a mixture is fitted to at most so many latents
	emIterations      = 40
	emTolerance       = 1e-4 // stop when the mean log-likelihood gains less
	covarianceFloor   = 1e-3 // added to variances, relative to the data's own
	emptyWeight       = 1e-6 // a component of less holds no sample and is dropped
)

// FitMixtures infers the latents of data, at most about 5,000 a class, and fits
// the session's model's mixtures to them: one of 10 full Gaussians over all
// classes, one of 5 for each class. The session's engine must be the caller's
// alone. A class without samples gets no mixture of its own.
func FitMixtures(ctx context.Context, s *Session, data Samples, seed uint64) error {
	all, err := s.latentsByClass(ctx, data)
	if err != nil {
		return err
	}
	perClass := make([]model.Mixture, len(all))
	var pooled [][]float64
	for class, latents := range all {
		r := rand.New(rand.NewPCG(seed, simd.Mix(forMixture, uint64(class+1))))
		if perClass[class], err = fitMixture(ctx, latents, classComponents, r); err != nil {
			return err
		}
		pooled = append(pooled, latents...)
	}
	r := rand.New(rand.NewPCG(seed, simd.Mix(forMixture, 0)))
	r.Shuffle(len(pooled), func(i, j int) { pooled[i], pooled[j] = pooled[j], pooled[i] })
	overall, err := fitMixture(ctx, pooled[:min(len(pooled), s.mixed)], overallComponents, r)
	if err != nil {
		return err
	}
	s.model.Overall, s.model.PerClass = overall, perClass
	return nil
}

// mixtureBytes returns about the memory that FitMixtures takes for that many
// samples with a session that keeps up to most latents of a class: all that it
// ever allocates, or, where that is less, all that is in use at a time and
// some of the mebibyte of garbage that Go may let pile up before it collects any.
func mixtureBytes(c *model.Config, samples, most int) int64 {
	const (
		slice    = 24
		runway   = 640 << 10
		grown    = 3 // times what a slice ends up with is what append allocates on the way
		perPoint = slice + 16
	)
	size, classes := int64(c.Latents), int64(len(c.Classes))
	kept := min(int64(samples), int64(most)*classes)
	pooled := min(kept, int64(most))
	component := 8 * (size*size + 2*size)
	ofClass := int64(componentsFor(int(kept/classes), c.Latents, classComponents))
	ofAll := int64(componentsFor(int(pooled), c.Latents, overallComponents))
	exported := 4 * (classes*ofClass + ofAll) * (size*size + size)
	overall := pooled*(perPoint+8*ofAll) + ofAll*component
	inUse := kept*(8*size+2*slice+slice/4) + overall + exported
	all := kept*(8*size+2*grown*slice+perPoint+8*ofClass) + classes*ofClass*component + overall + exported
	return min(all, inUse+runway)
}

// latentsByClass infers the latents of data, class by class.
func (s *Session) latentsByClass(ctx context.Context, data Samples) ([][][]float64, error) {
	c := &s.model.Config
	all := make([][][]float64, len(c.Classes))
	x := s.Inputs(s.AtOnce())
	latents := simd.NewMatrix(s.AtOnce(), c.Latents)
	labels := make([]int, 0, s.AtOnce())
	flush := func() error {
		n := len(labels)
		if err := s.Latents(ctx, latents.Slice(0, n), x.Slice(0, n), labels); err != nil {
			return err
		}
		block := make([]float64, n*c.Latents)
		for r, label := range labels {
			row := block[r*c.Latents : (r+1)*c.Latents]
			if i := firstNonFinite(latents.Row(r)); i >= 0 {
				return fmt.Errorf("%w: a latent of class %d is %v", ErrDiverged, label, latents.Row(r)[i])
			}
			for i, v := range latents.Row(r) {
				row[i] = float64(v)
			}
			all[label] = append(all[label], row)
		}
		labels = labels[:0]
		return nil
	}
	for i := range data.Len() {
		label := data.Sample(x.Row(len(labels)), i)
		if label < 0 || label >= len(all) {
			return nil, fmt.Errorf("%w: sample %d has label %d, the model has classes 0…%d", ErrSample, i, label, len(all)-1)
		}
		if len(all[label]) >= s.mixed {
			continue
		}
		if labels = append(labels, label); len(labels) == s.AtOnce() {
			if err := flush(); err != nil {
				return nil, err
			}
		}
	}
	return all, flush()
}
