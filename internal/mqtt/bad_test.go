package mqtt

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// badLessons are messages that nothing can be learned of.
func badLessons(t *testing.T) map[string]string {
	image := string(onlyImage(t, 1))
	image = strings.TrimSuffix(strings.TrimPrefix(image, `{"image":`), "}")
	return map[string]string{
		"nothing":                         ``,
		"no JSON":                         `hello`,
		"an image":                        string(drawing(t, 1)),
		"cut short":                       `{"class":"1","image":`,
		"null":                            `null`,
		"a list":                          `[]`,
		"a number":                        `17`,
		"two values":                      `{"class":"1","image":` + image + `} {}`,
		"unknown field":                   `{"class":"1","picture":` + image + `}`,
		"no class":                        `{"image":` + image + `}`,
		"class a number":                  `{"class":1,"image":` + image + `}`,
		"unknown class":                   `{"class":"unheard of","image":` + image + `}`,
		"a class with control characters": `{"class":"a\u0000b","new":true,"image":` + image + `}`,
		"class too long":                  `{"new":true,"class":"` + strings.Repeat("x", mostClass+1) + `","image":` + image + `}`,
		"no samples":                      `{"class":"1"}`,
		"two kinds":                       `{"class":"1","image":` + image + `,"input":[1]}`,
		"no images":                       `{"class":"1","images":[]}`,
		"no inputs":                       `{"class":"1","inputs":[]}`,
		"too many inputs":                 `{"class":"1","inputs":[` + strings.Repeat("[],", mostSamples) + `[]]}`,
		"empty input":                     `{"class":"1","input":[]}`,
		"short input":                     `{"class":"1","input":[1,2,3]}`,
		"null in input":                   `{"class":"1","input":[` + strings.Repeat("1,", 195) + `null]}`,
		"text in input":                   `{"class":"1","input":[` + strings.Repeat("1,", 195) + `"1"]}`,
		"huge number":                     `{"class":"1","input":[` + strings.Repeat("1,", 195) + `1e999]}`,
		"pixel out of range":              `{"class":"1","input":[` + strings.Repeat("1,", 195) + `256]}`,
		"pixel below zero":                `{"class":"1","input":[` + strings.Repeat("1,", 195) + `-1]}`,
		"half a pixel":                    `{"class":"1","input":[` + strings.Repeat("1,", 195) + `0.5]}`,
		"image not base64":                `{"class":"1","image":"***"}`,
		"image of text":                   `{"class":"1","image":"aGVsbG8="}`,
		"image cut short":                 `{"class":"1","image":"iVBORw0KGgo="}`,
		"image null in images":            `{"class":"1","images":[null]}`,
		"long id":                         `{"id":"` + strings.Repeat("x", mostID+1) + `","class":"1","image":` + image + `}`,
		"deep":                            strings.Repeat(`[`, 100_000),
		"steps":                           `{"class":"1","steps":5,"image":` + image + `}`,
		"too large":                       `{"class":"1","image":"` + strings.Repeat("A", MaxPayload) + `"}`,
	}
}

// TestBadMessages are answered, acknowledged and forgotten, and nothing is learned.
func TestBadMessages(t *testing.T) {
	each(t, func(t *testing.T, version string) {
		address := startBroker(t)
		s := openService(t, newStore(t))
		start(t, s, version, address)
		p := newPeer(t, address, "pffedge/n/outcome", "pffedge/n/result")
		list := badLessons(t)
		require.Greater(t, len(list), 20)
		for _, topic := range []string{"teach", "correct", "predict", "sleep"} {
			for name, payload := range list {
				if topic == "sleep" && name == "nothing" || topic == "predict" && (name == "an image" || name == "no class") {
					continue
				}
				p.say("pffedge/n/"+topic, []byte(payload))
				var problem Problem
				answer := "outcome"
				if topic == "predict" {
					answer = "result"
				}
				b := p.hear("pffedge/n/" + answer)
				require.NoError(t, json.Unmarshal(b, &problem))
				require.NotEmpty(t, problem.Error, "%s: %s: %s", topic, name, b)
				require.Contains(t, []string{titleRequest, titleNotFound}, problem.Title, "%s: %s: %s", topic, name, b)
				require.Less(t, len(problem.Error), 1000, "%s: %s", topic, name)
			}
		}
		for i, payload := range []string{`{"class":"1","was":"2","image":"aGVsbG8="}`, `{"class":"1","was":"nobody","image":"aGVsbG8="}`} {
			p.say("pffedge/n/teach", []byte(payload))
			require.Equal(t, titleRequest, p.outcome().Title, i)
		}
		for _, payload := range []string{`{"steps":-1}`, `{"seconds":-1}`, `{"steps":1,"seconds":1}`, `{"steps":1e99}`, `{"seconds":1e9}`, `{"steps":10}`} {
			p.say("pffedge/n/sleep", []byte(payload))
			require.Equal(t, titleRequest, p.outcome().Title, payload) // the last: nothing is remembered
		}
		require.Zero(t, s.Current().Sequence)
		p.say("pffedge/n/teach", lesson(t, 1, "1", map[string]any{"id": "good"}))
		o := p.outcome()
		require.EqualValues(t, 1, o.Operation, fmt.Sprint(o))
	})
}

// TestRetained: a retained lesson would be learned with every connection.
func TestRetained(t *testing.T) {
	address := startBroker(t)
	p := newPeer(t, address, "pffedge/n/outcome")
	p.wait(p.client.Publish("pffedge/n/teach", 1, true, lesson(t, 1, "1", nil)))
	s := openService(t, newStore(t))
	start(t, s, Version3, address)
	require.Contains(t, p.outcome().Error, "retained")
	require.Zero(t, s.Current().Sequence)
}
