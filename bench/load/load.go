package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/pffedge/pffedge/internal/data"
)

// drawn is how many digits are drawn to be sent, over and over.
const drawn = 500

// client speaks to the service.
type client struct {
	http  *http.Client
	url   string
	token string
}

func (c *client) do(ctx context.Context, method, path, kind string, body []byte, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", kind)
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	got, err := c.http.Do(r)
	if err != nil {
		return err
	}
	defer got.Body.Close()
	b, err := io.ReadAll(got.Body)
	if err != nil {
		return err
	}
	if got.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %.200s", method, path, got.Status, b)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(b, into)
}

// device is what is asked of it.
type device struct {
	Memory struct {
		Resident int64 `json:"resident"`
	} `json:"memory"`
	Model struct {
		Image         bool `json:"image"`
		Width, Height int
	} `json:"model"`
}

// watched is what the clients measure.
type watched struct {
	mu        sync.Mutex
	latencies []float32 // milliseconds
	report
}

func (w *watched) failed(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.Errors++; w.FirstError == "" {
		w.FirstError = err.Error()
	}
}

// load asks, and learns, for so long.
func (o *options) load(ctx context.Context) (*report, error) {
	c := &client{&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.connections + 4}, Timeout: time.Minute}, o.url, o.token}
	var d device
	if err := c.do(ctx, http.MethodGet, "/v1/device", "", nil, &d); err != nil {
		return nil, err
	}
	if !d.Model.Image {
		return nil, errors.New("the service's model takes no images")
	}
	set, err := data.Open(ctx, "synthetic", data.Options{Split: data.Train, Width: d.Model.Width, Height: d.Model.Height, Samples: drawn, Seed: 1})
	if err != nil {
		return nil, err
	}
	defer set.Close()
	bodies, kind := o.bodies(set)
	w := &watched{}
	began := time.Now()
	until, cancel := context.WithDeadline(ctx, began.Add(o.duration))
	defer cancel()
	var all sync.WaitGroup
	for i := range o.connections {
		all.Go(func() { w.ask(until, c, bodies, kind, i*len(bodies)/o.connections) })
	}
	if o.learn {
		all.Go(func() { w.learn(until, c, set) })
	}
	all.Go(func() { w.weigh(until, c, began, o.duration) })
	all.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w.Seconds = time.Since(began).Seconds()
	w.finish(o.batch)
	return &w.report, nil
}

// bodies returns requests to predict.
func (o *options) bodies(set *data.Set) (list [][]byte, kind string) {
	x := make([]float32, set.Input.Size())
	pixels := func(i int) []int {
		set.Sample(x, i%set.Len())
		list := make([]int, len(x))
		for k, v := range x {
			list[k] = int(math.Round(float64(v) * 255))
		}
		return list
	}
	for i := 0; i < set.Len(); i += o.batch {
		var b bytes.Buffer
		if o.images {
			img := image.NewGray(image.Rect(0, 0, set.Input.Width, set.Input.Height))
			for k, v := range pixels(i) {
				img.Pix[k] = byte(v)
			}
			png.Encode(&b, img) // into memory: it cannot fail
		} else {
			var rows [][]int
			for k := range o.batch {
				rows = append(rows, pixels(i+k))
			}
			json.NewEncoder(&b).Encode(map[string]any{"inputs": rows})
		}
		list = append(list, b.Bytes())
	}
	if o.images {
		return list, "image/png"
	}
	return list, "application/json"
}

func (w *watched) ask(ctx context.Context, c *client, bodies [][]byte, kind string, at int) {
	for ; ctx.Err() == nil; at++ {
		began := time.Now()
		err := c.do(context.WithoutCancel(ctx), http.MethodPost, "/v1/predict?method=readout&probabilities=false", kind, bodies[at%len(bodies)], nil)
		took := time.Since(began)
		if err != nil {
			w.failed(err)
		}
		w.mu.Lock()
		w.Requests++
		w.latencies = append(w.latencies, float32(took.Seconds()*1000))
		w.mu.Unlock()
	}
}

// streamed is how many samples are learned by one operation.
const streamed = 10

func (w *watched) learn(ctx context.Context, c *client, set *data.Set) {
	x := make([]float32, set.Input.Size())
	for at := 0; ctx.Err() == nil; at += streamed {
		type sample struct {
			Class string `json:"class"`
			Input []int  `json:"input"`
		}
		var list []sample
		for i := range streamed {
			s := sample{Class: set.Classes[set.Sample(x, (at+i)%set.Len())]}
			for _, v := range x {
				s.Input = append(s.Input, int(math.Round(float64(v)*255)))
			}
			list = append(list, s)
		}
		body, err := json.Marshal(map[string]any{"samples": list})
		if err == nil {
			err = c.do(context.WithoutCancel(ctx), http.MethodPost, "/v1/learn", "application/json", body, nil)
		}
		if err != nil {
			w.failed(err)
			continue
		}
		w.mu.Lock()
		w.Operations++
		w.mu.Unlock()
	}
}

// weigh looks at the memory of the service from time to time.
func (w *watched) weigh(ctx context.Context, c *client, began time.Time, total time.Duration) {
	t := time.NewTicker(max(total/100, 50*time.Millisecond))
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		var d device
		if err := c.do(context.WithoutCancel(ctx), http.MethodGet, "/v1/device", "", nil, &d); err != nil {
			w.failed(err)
			continue
		}
		w.mu.Lock()
		if w.MemoryQuarter == 0 && time.Since(began) > total/4 {
			w.MemoryQuarter = d.Memory.Resident
		}
		w.MemoryEnd, w.MemoryMost = d.Memory.Resident, max(w.MemoryMost, d.Memory.Resident)
		w.mu.Unlock()
	}
}

func (w *watched) finish(batch int) {
	slices.Sort(w.latencies)
	if n := len(w.latencies); n > 0 {
		w.P50, w.P99, w.Longest = float64(w.latencies[n/2]), float64(w.latencies[n*99/100]), float64(w.latencies[n-1])
	}
	w.Predictions = float64((w.Requests-w.Errors)*batch) / w.Seconds
	w.Learned = float64(w.Operations*streamed) / w.Seconds
}
