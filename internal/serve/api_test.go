package serve

import (
	"bufio"
	"encoding/json"
	"fmt"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	"bytes"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/servicetest"
)

func TestTeachPredictUndo(t *testing.T) {
	d := newDevice(t, Options{})
	var o object
	for i := range 6 {
		var list []object
		x, names := servicetest.Some(t, uint64(i), 20, "0", "1", "2", "3")
		for k, name := range names {
			var raw []int
			for _, v := range x.Row(k) {
				raw = append(raw, int(v*255+0.5))
			}
			list = append(list, object{"class": name, "input": raw})
		}
		d.ask(t, 200, "POST", "/v1/learn", object{"samples": list}, &o)
		require.EqualValues(t, i+1, o["operation"])
		require.Len(t, o["taken_for"], 20)
	}
	d.ask(t, 200, "POST", "/v1/teach", object{"class": "7", "new": true, "force": true, "images": images(t, 50, 12, "7")}, &o)
	require.EqualValues(t, 7, o["operation"])
	require.EqualValues(t, 12, o["samples"])
	require.Contains(t, o, "harm")

	var p struct {
		Sequence    uint64
		Predictions []predicted
	}
	d.ask(t, 200, "POST", "/v1/predict?explain=true&method=goodness", object{"images": images(t, 51, 3, "7")}, &p)
	require.EqualValues(t, 7, p.Sequence)
	require.Len(t, p.Predictions, 3)
	require.Len(t, p.Predictions[0].Probabilities, 5)
	require.NotNil(t, p.Predictions[0].Explained)

	x, _ := servicetest.Some(t, 52, 1, "7")
	got := d.send(t, request{method: "POST", path: "/v1/predict", kind: "image/png", body: servicetest.PNG(t, x.Row(0))})
	require.Equal(t, 200, got.status)
	got = d.send(t, request{method: "POST", path: "/v1/correct?class=7&force=true", kind: "image/png", body: servicetest.PNG(t, x.Row(0))})
	require.Equal(t, 200, got.status, "%s", got.body)

	var classes struct {
		Classes []object
	}
	d.ask(t, 200, "GET", "/v1/classes", nil, &classes)
	require.Len(t, classes.Classes, 5)
	var samples struct {
		Total   int
		Samples []sampleOut
	}
	d.ask(t, 200, "GET", "/v1/samples?class=7&n=2", nil, &samples)
	require.Len(t, samples.Samples, 2)
	got = d.send(t, request{method: "GET", path: samples.Samples[0].Image})
	_, err := png.Decode(bytes.NewReader(got.body))
	require.NoError(t, err)
	d.ask(t, 200, "POST", "/v1/correct", object{"sample": samples.Samples[0].ID, "class": "1", "force": true}, &o)
	require.Equal(t, "relabel", o["kind"])
	require.Equal(t, "7", o["was"])
	d.ask(t, 200, "DELETE", fmt.Sprintf("/v1/samples/%d", samples.Samples[1].ID), nil, &o)
	d.ask(t, 404, "DELETE", fmt.Sprintf("/v1/samples/%d", samples.Samples[1].ID), nil, nil)

	var h struct {
		Operations []struct {
			Last uint64
			Kind string
		}
	}
	d.ask(t, 200, "GET", "/v1/history?n=3", nil, &h)
	require.Equal(t, "forget", h.Operations[0].Kind)
	d.ask(t, 409, "POST", "/v1/undo", object{"last": h.Operations[1].Last}, nil)
	d.ask(t, 200, "POST", "/v1/undo", object{"count": 4, "last": h.Operations[0].Last}, &o)
	require.EqualValues(t, 6, o["sequence"])
	d.ask(t, 200, "GET", "/v1/classes", nil, &classes)
	require.Len(t, classes.Classes, 4)
	d.ask(t, 200, "POST", "/v1/rollback", object{"to": h.Operations[0].Last}, &o)
	d.ask(t, 200, "GET", "/v1/classes", nil, &classes)
	require.Len(t, classes.Classes, 5)

	d.ask(t, 202, "POST", "/v1/sleep", object{"steps": 60}, nil)
	d.ask(t, 200, "DELETE", "/v1/sleep", nil, nil)
	d.ask(t, 200, "DELETE", "/v1/classes/7?sleep=0", nil, &o)
	d.ask(t, 200, "POST", "/v1/classes", object{"class": "new"}, &o)
	d.ask(t, 200, "POST", "/v1/snapshots", object{}, &o)
	d.ask(t, 200, "GET", "/v1/snapshots", nil, nil)
	d.ask(t, 409, "POST", "/v1/generate", object{"class": "1"}, nil) // it was never taught to imagine
	d.ask(t, 409, "POST", "/v1/reconstruct", object{"images": images(t, 1, 1, "1")}, nil)
	d.ask(t, 200, "GET", "/v1/device", nil, nil)
	d.ask(t, 200, "GET", "/v1/status", nil, nil)
	d.ask(t, 200, "GET", "/v1/openapi.json", nil, nil)
	metrics := d.send(t, request{method: "GET", path: "/metrics"})
	for _, line := range []string{`pffedge_predictions_total{method="auto"} 1`, `pffedge_operations_total{kind="learn"} 6`, `pffedge_class_recall{class="1"} `, "pffedge_prediction_duration_seconds_bucket{le="} {
		require.Contains(t, string(metrics.body), line)
	}
}

func TestIdempotencyKeys(t *testing.T) {
	d := newDevice(t, Options{})
	body, err := json.Marshal(object{"class": "1", "force": true, "images": images(t, 3, 4, "1")})
	require.NoError(t, err)
	q := request{method: "POST", path: "/v1/teach", kind: "application/json", body: body, header: map[string]string{"Idempotency-Key": "a b"}}
	first, again := d.send(t, q), d.send(t, q)
	require.Equal(t, 200, first.status, "%s", first.body)
	var o object
	require.NoError(t, json.Unmarshal(again.body, &o))
	require.Equal(t, true, o["replayed"])
	require.EqualValues(t, 1, o["operation"])
	require.EqualValues(t, 1, d.Current().Sequence)
	q.body = append(q.body, ' ')
	require.Equal(t, http.StatusUnprocessableEntity, d.send(t, q).status)
}

func TestEvents(t *testing.T) {
	d := newDevice(t, Options{})
	got, err := http.Get(d.url + "/v1/events")
	require.NoError(t, err)
	defer got.Body.Close()
	lines := bufio.NewScanner(got.Body)
	next := func(prefix string) string {
		for lines.Scan() {
			if rest, found := strings.CutPrefix(lines.Text(), prefix); found {
				return rest
			}
		}
		require.Fail(t, "the stream has ended")
		return ""
	}
	require.Equal(t, "hello", next("event: "))
	d.ask(t, 200, "POST", "/v1/teach", object{"class": "1", "force": true, "images": images(t, 3, 4, "1")}, nil)
	require.Equal(t, "accuracy", next("event: "))
	id := next("id: ")
	require.Equal(t, "operation", next("event: "))
	var e object
	require.NoError(t, json.Unmarshal([]byte(next("data: ")), &e))
	require.Equal(t, "teach", e["data"].(map[string]any)["kind"])
	// Who comes back gets what was missed.
	r, err := http.NewRequest(http.MethodGet, d.url+"/v1/events", nil)
	require.NoError(t, err)
	r.Header.Set("Last-Event-ID", "0")
	back, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer back.Body.Close()
	lines = bufio.NewScanner(back.Body)
	require.Contains(t, next("data: "), `"missed":false`)
	next("id: ")
	require.Equal(t, id, next("id: "))
}

func TestInference(t *testing.T) {
	d := newDevice(t, Options{Model: "digits"})
	d.ask(t, 200, "GET", "/v2", nil, nil)
	d.ask(t, 200, "GET", "/v2/health/live", nil, nil)
	d.ask(t, 200, "GET", "/v2/health/ready", nil, nil)
	d.ask(t, 200, "GET", "/v2/models/digits/ready", nil, nil)
	var m object
	d.ask(t, 200, "GET", "/v2/models/digits", nil, &m)
	require.Equal(t, "digits", m["name"])
	values := make([]int, 2*servicetest.Side*servicetest.Side)
	values[17] = 255
	values[300] = 99
	in := object{"name": "input", "datatype": "UINT8", "shape": []int{2, servicetest.Side * servicetest.Side}, "data": values}
	var out struct {
		ID      string
		Outputs []tensorOut
	}
	d.ask(t, 200, "POST", "/v2/models/digits/infer", object{"id": "x", "inputs": []object{in}}, &out)
	require.Equal(t, "x", out.ID)
	require.Len(t, out.Outputs, 2)
	require.Equal(t, []int{2, 4}, out.Outputs[1].Shape)
	require.Len(t, out.Outputs[0].Data, 2)
	d.ask(t, 200, "POST", "/v2/models/digits/infer", object{"inputs": []object{in}, "outputs": []object{{"name": "class"}}, "parameters": object{"method": "readout"}}, &out)
	require.Len(t, out.Outputs, 1)
}

// TestPredictionsDoNotWait: they go on while something is learned.
func TestPredictionsDoNotWait(t *testing.T) {
	d := newDevice(t, Options{})
	d.ask(t, 200, "POST", "/v1/teach", object{"class": "1", "force": true, "images": images(t, 3, 9, "1")}, nil)
	d.ask(t, 202, "POST", "/v1/sleep", object{"steps": 100000}, nil)
	began, n := time.Now(), 0
	for ; n < 200; n++ {
		d.ask(t, 200, "POST", "/v1/predict?method=readout", object{"images": images(t, 4, 1, "1")}, nil)
	}
	require.NotNil(t, d.Status().Sleep)
	require.Less(t, time.Since(began), time.Minute)
	d.ask(t, 200, "DELETE", "/v1/sleep", nil, nil)
}

// TestDescriptionIsOfWhatThereIs: every path and method of the description is answered by
// something.
func TestDescriptionIsOfWhatThereIs(t *testing.T) {
	d := newDevice(t, Options{})
	for path, operations := range d.schemas.paths {
		for method := range operations {
			if path == "/v1/events" {
				continue // it does not end
			}
			name := strings.NewReplacer("{class}", "1", "{name}", "x", "{model}", "pffedge").Replace(path)
			got := d.send(t, request{method: strings.ToUpper(method), path: name, kind: "application/json", body: []byte("{")})
			require.NotContains(t, []int{http.StatusNotFound, http.StatusMethodNotAllowed}, got.status, "%s %s", method, path)
		}
	}
}
