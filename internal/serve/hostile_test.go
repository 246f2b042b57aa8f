package serve

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pffedge/pffedge/internal/service"
	"github.com/pffedge/pffedge/internal/servicetest"
	"github.com/pffedge/pffedge/model/durable"
	"github.com/pffedge/pffedge/runtime/store"
)

const secret = "a-token-that-nobody-may-see-0123456789"

// bomb is a PNG image that claims to be so large, with data that unpacks to nothing but
// zeros.
func bomb(width, height int) []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, data []byte) {
		binary.Write(&b, binary.BigEndian, uint32(len(data)))
		sum := crc32.NewIEEE()
		io.WriteString(io.MultiWriter(&b, sum), kind)
		io.MultiWriter(&b, sum).Write(data)
		binary.Write(&b, binary.BigEndian, sum.Sum32())
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(width)), uint32(height))
	chunk("IHDR", append(head, 8, 0, 0, 0, 0))
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	z.Write(make([]byte, 1<<20))
	z.Close()
	chunk("IDAT", packed.Bytes())
	chunk("IEND", nil)
	return b.Bytes()
}

// TestHostile sends what nobody means well with. Each gets a clear error of the client's,
// nothing of it is in the log, and the service is as before.
func TestHostile(t *testing.T) {
	d := newDevice(t, Options{Token: secret, MaxBody: 1 << 20})
	token := map[string]string{"Authorization": "Bearer " + secret}
	with := func(more ...string) map[string]string {
		m := map[string]string{"Authorization": "Bearer " + secret}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	post := func(path, kind, body string) request {
		return request{method: "POST", path: path, kind: kind, body: []byte(body), header: token}
	}
	js := func(path, body string) request { return post(path, "application/json", body) }
	good := base64.StdEncoding.EncodeToString(servicetest.PNG(t, make([]float32, 196)))
	values := strings.TrimSuffix(strings.Repeat("0,", 196), ",")
	teach := func(fields string) request {
		return js("/v1/teach", `{"images":["`+good+`"]`+fields+`}`)
	}
	cases := map[string]struct {
		request
		status int
	}{
		"body too large":                  {js("/v1/predict", `{"inputs":[[`+strings.Repeat("0,", 600_000)+`0]]}`), 413},
		"body too large, an image":        {post("/v1/predict", "image/png", strings.Repeat("x", 2<<20)), 413},
		"bomb of pixels":                  {post("/v1/predict", "image/png", string(bomb(100_000, 100_000))), 413},
		"bomb, wide":                      {post("/v1/teach?class=1", "image/png", string(bomb(1<<30, 1))), 413},
		"bomb, all of 32 bits":            {post("/v1/predict", "image/png", string(bomb(1<<31-1, 1<<31-1))), 400},
		"bomb in JSON":                    {js("/v1/predict", `{"images":["`+base64.StdEncoding.EncodeToString(bomb(60_000, 60_000))+`"]}`), 413},
		"bomb in a stream":                {js("/v1/learn", `{"samples":[{"class":"1","image":"`+base64.StdEncoding.EncodeToString(bomb(60_000, 60_000))+`"}]}`), 413},
		"image without pixels":            {post("/v1/predict", "image/png", string(bomb(0, 0))), 400},
		"image cut off":                   {post("/v1/predict", "image/png", string(servicetest.PNG(t, make([]float32, 196))[:60])), 400},
		"image with too little data":      {post("/v1/predict", "image/png", string(bomb(4000, 4000))), 400},
		"no image":                        {post("/v1/predict", "image/jpeg", "GIF89a"), 400},
		"image of nothing":                {post("/v1/predict", "image/png", ""), 400},
		"content type: none":              {post("/v1/predict", "", "{}"), 415},
		"content type: text":              {post("/v1/teach", "text/plain", `{"class":"1"}`), 415},
		"content type: a form":            {post("/v1/teach", "application/x-www-form-urlencoded", "class=1"), 415},
		"content type: multipart":         {post("/v1/teach", "multipart/form-data; boundary=x", "--x--"), 415},
		"content type: nonsense":          {post("/v1/teach", ";;;", "{}"), 415},
		"content type: another charset":   {post("/v1/teach", "application/json; charset=utf-16", "{}"), 415},
		"content type: SVG":               {post("/v1/predict", "image/svg+xml", "<svg/>"), 415},
		"content encoding":                {request{method: "POST", path: "/v1/predict", kind: "application/json", body: []byte("{}"), header: with("Content-Encoding", "gzip")}, 415},
		"JSON: deep arrays":               {js("/v1/predict", `{"inputs":`+strings.Repeat("[", 100_000)), 400},
		"JSON: deep objects":              {js("/v1/predict", strings.Repeat(`{"inputs":`, 20_000)), 400},
		"JSON: NaN":                       {js("/v1/predict", `{"inputs":[[NaN]]}`), 400},
		"JSON: infinity":                  {js("/v1/predict", `{"inputs":[[`+strings.Replace(values, "0", "1e999", 1)+`]]}`), 400},
		"JSON: a pixel too bright":        {js("/v1/predict", `{"inputs":[[`+strings.Replace(values, "0", "256", 1)+`]]}`), 400},
		"JSON: a pixel below zero":        {js("/v1/predict", `{"inputs":[[`+strings.Replace(values, "0", "-1", 1)+`]]}`), 400},
		"JSON: too few values":            {js("/v1/predict", `{"inputs":[[1,2,3]]}`), 400},
		"JSON: too many values":           {js("/v1/predict", `{"inputs":[[`+values+`,0]]}`), 400},
		"JSON: no samples":                {js("/v1/predict", `{"inputs":[]}`), 400},
		"JSON: text for a number":         {js("/v1/predict", `{"inputs":[["1"]]}`), 400},
		"JSON: null":                      {js("/v1/predict", `null`), 400},
		"JSON: an array":                  {js("/v1/predict", `[]`), 400},
		"JSON: two values":                {js("/v1/undo", `{} {}`), 400},
		"JSON: cut off":                   {js("/v1/undo", `{"count":`), 400},
		"JSON: a name twice":              {js("/v1/undo", `{"count":1,"count":2}`), 400},
		"JSON: a name twice, in a sample": {js("/v1/learn", `{"samples":[{"class":"1","class":"2","image":"`+good+`"}]}`), 400},
		"JSON: an unknown name":           {js("/v1/undo", `{"counts":1}`), 400},
		"JSON: no UTF-8":                  {js("/v1/classes", "{\"class\":\"\xff\xfe\"}"), 400},
		"JSON: half a surrogate":          {js("/v1/classes", `{"class":"\ud800"}`), 400},
		"JSON: a number too large":        {js("/v1/rollback", `{"to":99999999999999999999999}`), 400},
		"JSON: a number below zero":       {js("/v1/rollback", `{"to":-1}`), 400},
		"JSON: a fraction":                {js("/v1/undo", `{"count":1.5}`), 400},
		"base 64 that is none":            {js("/v1/predict", `{"images":["%%%"]}`), 400},
		"images and inputs":               {js("/v1/predict", `{"images":["`+good+`"],"inputs":[[`+values+`]]}`), 400},
		"class missing":                   {teach(``), 400},
		"class empty":                     {teach(`,"class":""`), 400},
		"class too long":                  {teach(`,"new":true,"class":"` + strings.Repeat("x", 100_000) + `"`), 400},
		"class with a line end":           {teach(`,"new":true,"class":"a\u0000b"`), 400},
		"class unknown":                   {teach(`,"class":"nobody"`), 404},
		"limit that is none":              {teach(`,"class":"1","limit":-5`), 400},
		"limit too high":                  {teach(`,"class":"1","class_limit":1e300`), 400},
		"was, when teaching":              {teach(`,"class":"1","was":"2"`), 400},
		"correct to what it was":          {js("/v1/correct", `{"images":["`+good+`"],"class":"1","was":"1"}`), 400},
		"correct what is not remembered":  {js("/v1/correct", `{"sample":18446744073709551615,"class":"1"}`), 404},
		"forget nothing":                  {js("/v1/forget", `{}`), 400},
		"forget two things":               {js("/v1/forget", `{"class":"1","samples":[1]}`), 400},
		"forget what is not there":        {js("/v1/forget", `{"samples":[77]}`), 404},
		"forget an operation of none":     {js("/v1/forget", `{"operations":[1234]}`), 409},
		"forget, and sleep for ever":      {js("/v1/forget", `{"class":"1","sleep":2000000000}`), 400},
		"undo what is not there":          {js("/v1/undo", `{"count":1000}`), 400},
		"undo a million":                  {js("/v1/undo", `{"count":1000000}`), 400},
		"roll back to the future":         {js("/v1/rollback", `{"to":123456789}`), 409},
		"roll back to nowhere":            {js("/v1/rollback", `{}`), 400},
		"sleep for ever":                  {js("/v1/sleep", `{"steps":999999999999}`), 400},
		"sleep backwards":                 {js("/v1/sleep", `{"seconds":-1}`), 400},
		"imagine a million":               {js("/v1/generate", `{"class":"1","count":1000000}`), 400},
		"imagine nobody":                  {js("/v1/generate", `{"class":"nobody"}`), 404},
		"method unknown":                  {js("/v1/predict?method=magic", `{}`), 400},
		"flag that is none":               {js("/v1/predict?explain=perhaps", `{}`), 400},
		"samples: a number that is none":  {request{method: "GET", path: "/v1/samples?n=many", header: token}, 400},
		"samples: all of them":            {request{method: "GET", path: "/v1/samples?n=1000000000", header: token}, 400},
		"samples: of nobody":              {request{method: "GET", path: "/v1/samples?class=nobody", header: token}, 404},
		"sample: a path":                  {request{method: "GET", path: "/v1/samples/..%2f..%2fSTORE", header: token}, 400},
		"sample: none":                    {request{method: "GET", path: "/v1/samples/1.png", header: token}, 404},
		"a path out of the page":          {request{method: "GET", path: "/..%2f..%2fetc/passwd", header: token}, 404},
		"a path with backslashes":         {request{method: "GET", path: `/..%5c..%5cgo.mod`, header: token}, 404},
		"a path with a null":              {request{method: "GET", path: "/index.html%00.png", header: token}, 404},
		"a file of the server":            {request{method: "GET", path: "/page.go", header: token}, 404},
		"an unknown path":                 {request{method: "GET", path: "/v1/secrets", header: token}, 404},
		"a method that is none":           {request{method: "PATCH", path: "/v1/classes", header: token}, 405},
		"learning by GET":                 {request{method: "GET", path: "/v1/teach?class=1", header: token}, 405},
		"TRACE":                           {request{method: "TRACE", path: "/v1/classes", header: token}, 405},
		"no token":                        {request{method: "GET", path: "/v1/classes"}, 401},
		"no token, metrics":               {request{method: "GET", path: "/metrics"}, 401},
		"no token, inference":             {request{method: "GET", path: "/v2/models/pffedge"}, 401},
		"half a token":                    {request{method: "GET", path: "/v1/classes", header: map[string]string{"Authorization": "Bearer " + secret[:20]}}, 401},
		"a longer token":                  {request{method: "GET", path: "/v1/classes", header: map[string]string{"Authorization": "Bearer " + secret + "x"}}, 401},
		"another token":                   {request{method: "GET", path: "/v1/classes", header: map[string]string{"Authorization": "Bearer " + strings.Repeat("x", len(secret))}}, 401},
		"a token of another kind":         {request{method: "GET", path: "/v1/classes", header: map[string]string{"Authorization": "Basic " + secret}}, 401},
		"a token in the address":          {request{method: "GET", path: "/v1/classes?token=" + secret}, 401},
		"Host: another":                   {request{method: "GET", path: "/v1/classes", header: token, host: "evil.example"}, 421},
		"Host: one like ours":             {request{method: "GET", path: "/v1/classes", header: token, host: "localhost.evil.example:8080"}, 421},
		"Host: of an address":             {request{method: "GET", path: "/v1/classes", header: token, host: "127.0.0.1.nip.io"}, 421},
		"Host: the page by another name":  {request{method: "GET", path: "/", host: "rebound.example"}, 421},
		"Origin: another":                 {request{method: "POST", path: "/v1/undo", kind: "application/json", body: []byte("{}"), header: with("Origin", "https://evil.example")}, 403},
		"Origin: null":                    {request{method: "POST", path: "/v1/undo", kind: "application/json", body: []byte("{}"), header: with("Origin", "null")}, 403},
		"Origin: another port":            {request{method: "POST", path: "/v1/undo", kind: "application/json", body: []byte("{}"), header: with("Origin", "http://127.0.0.1:1")}, 403},
		"Sec-Fetch-Site: another":         {request{method: "POST", path: "/v1/undo", kind: "application/json", body: []byte("{}"), header: with("Sec-Fetch-Site", "cross-site")}, 403},
		"idempotency key too long":        {request{method: "POST", path: "/v1/teach", kind: "application/json", body: []byte(`{"class":"1","images":["` + good + `"]}`), header: with("Idempotency-Key", strings.Repeat("k", 300))}, 400},
		"event number that is none":       {request{method: "GET", path: "/v1/events", header: with("Last-Event-ID", "latest")}, 400},
		"model unknown":                   {js("/v2/models/gpt/infer", `{"inputs":[]}`), 404},
		"inference without input":         {js("/v2/models/pffedge/infer", `{"inputs":[]}`), 400},
		"inference of a wrong shape":      {js("/v2/models/pffedge/infer", `{"inputs":[{"name":"input","shape":[3,7],"datatype":"FP32","data":[1]}]}`), 400},
		"inference of a huge shape":       {js("/v2/models/pffedge/infer", `{"inputs":[{"name":"input","shape":[4611686018427387904,4],"datatype":"FP32","data":[]}]}`), 400},
		"inference of no shape":           {js("/v2/models/pffedge/infer", `{"inputs":[{"name":"input","shape":[],"datatype":"FP32","data":[]}]}`), 400},
		"inference of text":               {js("/v2/models/pffedge/infer", `{"inputs":[{"name":"input","shape":[1,196],"datatype":"BYTES","data":[]}]}`), 400},
		"inference, binary":               {request{method: "POST", path: "/v2/models/pffedge/infer", kind: "application/octet-stream", body: []byte("{}"), header: with("Inference-Header-Content-Length", "2")}, 415},
	}
	require.GreaterOrEqual(t, len(cases), 60)
	for name, c := range cases {
		got := d.send(t, c.request)
		require.Equal(t, c.status, got.status, "%s: %s", name, got.body)
		require.NotContains(t, string(got.body), secret, name)
		require.NotContains(t, string(got.body), d.dir, name)
		require.Less(t, len(got.body), 2000, name)
		require.EqualValues(t, 0, d.Current().Sequence, name)
		require.NoError(t, d.Err(), name)
		require.Equal(t, 200, d.send(t, js("/v1/predict", `{"inputs":[[`+values+`]]}`)).status, "after %s", name)
	}
	slow(t, d)
	large, err := http.NewRequest(http.MethodGet, d.url+"/v1/classes", nil)
	require.NoError(t, err)
	large.Header.Set("X-Large", strings.Repeat("x", 2<<20))
	got, err := http.DefaultClient.Do(large)
	require.NoError(t, err)
	got.Body.Close()
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, got.StatusCode)
	require.NotContains(t, d.log.String(), secret)
	require.NotContains(t, d.log.String(), "level=ERROR")
	require.NotContains(t, d.log.String(), "panic")
	report, err := store.Verify(durable.OS{}, d.dir, store.LoadLearner(1), func(store.Entry) error { return nil })
	require.NoError(t, err)
	require.Empty(t, report.Damage)
}

// slow opens connections that send a little, or nothing, and others are answered all the
// same.
func slow(t *testing.T, d *device) {
	address := strings.TrimPrefix(d.url, "http://")
	for i := range 20 {
		c, err := net.DialTimeout("tcp", address, 5*time.Second)
		require.NoError(t, err)
		defer c.Close()
		if i%2 == 0 {
			fmt.Fprintf(c, "POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{", secret)
		}
	}
	got, err := http.Get(d.url + "/v2/health/live")
	require.NoError(t, err)
	got.Body.Close()
	require.Equal(t, 200, got.StatusCode)
}

// TestQueueIsBounded: what finds the queue full is turned away, and may come again.
func TestQueueIsBounded(t *testing.T) {
	s, err := service.Open(service.Options{Dir: servicetest.NewStore(t), Queue: 1})
	require.NoError(t, err)
	defer s.Close(t.Context())
	v := New(s, Options{})
	x, _ := servicetest.Some(t, 1, 8, "1")
	codes := make(chan int, 30)
	for range cap(codes) {
		go func() {
			r, _ := http.NewRequest("POST", "http://localhost/v1/teach?class=1&force=true", bytes.NewReader(servicetest.PNG(t, x.Row(0))))
			r.Header.Set("Content-Type", "image/png")
			w := &recorder{header: http.Header{}}
			v.ServeHTTP(w, r)
			codes <- w.status
		}()
	}
	count := map[int]int{}
	for range cap(codes) {
		count[<-codes]++
	}
	require.Equal(t, cap(codes), count[200]+count[503])
	require.Positive(t, count[503])
	require.EqualValues(t, count[200], s.Current().Sequence)
}

type recorder struct {
	header http.Header
	status int
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return len(b), nil }
func (r *recorder) Flush()                      {}

// TestRates: who asks too often, or guesses tokens, is slowed down.
func TestRates(t *testing.T) {
	d := newDevice(t, Options{Rate: 1})
	count := map[int]int{}
	for range 20 {
		count[d.send(t, request{method: "GET", path: "/v1/status"}).status]++
	}
	require.Positive(t, count[429])
	require.Positive(t, count[200])
	l := newLimiter(1, 1)
	for i := range 2 * clientsKnown {
		require.True(t, l.allow(fmt.Sprintf("10.%d.%d.1:99", i/256, i%256)))
	}
	require.Len(t, l.known, clientsKnown)
	require.True(t, l.allow("[2001:db8::1]:1"))
	require.False(t, l.allow("[2001:db8::2]:1"), "the same network")
}
