package continual

import "math"

// Spread is a mean over the seeds and the standard deviation between them, 0 for one
// seed.
type Spread struct {
	Mean float64 `json:"mean"`
	SD   float64 `json:"sd"`
}

// spreadOf returns nil if there is no value.
func spreadOf(values []float64) *Spread {
	if len(values) == 0 {
		return nil
	}
	s := &Spread{Mean: mean(values)}
	if n := len(values); n > 1 {
		var sum float64
		for _, v := range values {
			sum += (v - s.Mean) * (v - s.Mean)
		}
		s.SD = math.Sqrt(sum / float64(n-1))
	}
	return s
}

// Summary is what all runs of a report come to; nil where there is nothing to say.
type Summary struct {
	StreamACC        *Spread `json:"stream_acc"`
	ACC              *Spread `json:"acc"`
	StreamBWT        *Spread `json:"stream_bwt"`
	BWT              *Spread `json:"bwt"`
	StreamForgetting *Spread `json:"stream_forgetting"`
	Forgetting       *Spread `json:"forgetting"`
	FWT              *Spread `json:"fwt"`
	MinACC           *Spread `json:"min_acc"`
	Prequential      *Spread `json:"prequential"`
	Bytes            *Spread `json:"memory_bytes"`
	MultiplyAdds     *Spread `json:"multiply_adds"`
	P50              *Spread `json:"milliseconds_p50"`
	P95              *Spread `json:"milliseconds_p95"`
	SamplesPerSecond *Spread `json:"samples_per_second"`
	SleepSeconds     *Spread `json:"sleep_seconds"`
}

func summaryOf(runs []*Run) Summary {
	over := func(value func(*Run) float64) *Spread {
		return overKnown(runs, func(r *Run) *float64 { v := value(r); return &v })
	}
	return Summary{
		StreamACC: over(func(r *Run) float64 { return r.Stream.ACC }), ACC: over(func(r *Run) float64 { return r.Slept.ACC }),
		StreamBWT: overKnown(runs, func(r *Run) *float64 { return r.Stream.BWT }), BWT: overKnown(runs, func(r *Run) *float64 { return r.Slept.BWT }),
		StreamForgetting: overKnown(runs, func(r *Run) *float64 { return r.Stream.Forgetting }),
		Forgetting:       overKnown(runs, func(r *Run) *float64 { return r.Slept.Forgetting }),
		FWT:              overKnown(runs, func(r *Run) *float64 { return r.FWT }),
		MinACC:           over(func(r *Run) float64 { return r.MinACC }), Prequential: over(func(r *Run) float64 { return r.Prequential }),
		Bytes: over(func(r *Run) float64 { return float64(r.Bytes) }), MultiplyAdds: over(func(r *Run) float64 { return r.MultiplyAdds }),
		P50: over(func(r *Run) float64 { return r.P50 }), P95: over(func(r *Run) float64 { return r.P95 }),
		SamplesPerSecond: over(func(r *Run) float64 { return r.SamplesPerSecond }), SleepSeconds: over(func(r *Run) float64 { return r.SleepSeconds }),
	}
}

// overKnown is the spread of a value over the runs that have it.
func overKnown(runs []*Run, value func(*Run) *float64) *Spread {
	var values []float64
	for _, r := range runs {
		if v := value(r); v != nil {
			values = append(values, *v)
		}
	}
	return spreadOf(values)
}
