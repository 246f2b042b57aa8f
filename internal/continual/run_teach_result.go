package continual

// result puts together what was measured: of the bases, and of the lessons.
func (s *school) result() *Run {
	r := &Run{Seed: s.seed, Tasks: s.train.Classes, Seen: s.bases[0].Seen, MinACC: 1}
	for _, b := range s.bases {
		share := 1 / float64(len(s.bases))
		r.MinACC = min(r.MinACC, b.MinACC)
		r.Prequential += share * b.Prequential
		r.MultiplyAdds += share * b.MultiplyAdds
		r.SleepAdds += share * b.SleepAdds
		r.P50, r.P95 = r.P50+share*b.P50, r.P95+share*b.P95
		r.Samples, r.Seconds, r.SleepSeconds = r.Samples+b.Samples, r.Seconds+b.Seconds, r.SleepSeconds+share*b.SleepSeconds
	}
	if r.Seconds > 0 {
		r.SamplesPerSecond = float64(r.Samples) / r.Seconds
	}
	for i, n := range s.Shots {
		r.Shots = append(r.Shots, shotOf(n, s.lessons[i]))
	}
	last := s.lessons[len(s.lessons)-1]
	r.Stream = figuresAfter(last, func(l lesson) known { return l.taught })
	r.Slept = figuresAfter(last, func(l lesson) known { return l.slept })
	for _, l := range last {
		r.Bytes = max(r.Bytes, l.bytes)
		r.Final.Stream, r.Final.Slept = append(r.Final.Stream, l.taught.acc), append(r.Final.Slept, l.slept.acc)
	}
	return r
}

// shotOf averages over the classes.
func shotOf(n int, lessons []lesson) Shot {
	shot, share := Shot{Samples: n}, 1/float64(len(lessons))
	for _, l := range lessons {
		shot.Recall += share * l.taught.recall
		shot.OldChange += share * l.taught.oldChange
		shot.SleptRecall += share * l.slept.recall
		shot.SleptOldChange += share * l.slept.oldChange
		shot.Seconds += share * l.seconds
		shot.ByClass = append(shot.ByClass, l.taught.recall)
	}
	return shot
}

// figuresAfter averages over the classes what was known at some time.
func figuresAfter(lessons []lesson, at func(lesson) known) (f Figures) {
	var change float64
	for _, l := range lessons {
		f.ACC += at(l).acc / float64(len(lessons))
		change += at(l).oldChange / float64(len(lessons))
	}
	lost := -change
	f.BWT, f.Forgetting = &change, &lost
	return f
}
