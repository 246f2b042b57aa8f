package mqtt

// pressed is what Home Assistant's button sends.
const pressed = "PRESS"

// entity is what Home Assistant is told of one of a device's entities. Its keys are
// Home Assistant's; those that an entity does not have are left out.
type entity struct {
	Name        string    `json:"name"`
	UniqueID    string    `json:"unique_id"`
	State       string    `json:"state_topic,omitempty"`
	Template    string    `json:"value_template,omitempty"`
	Unit        string    `json:"unit_of_measurement,omitempty"`
	DeviceClass string    `json:"device_class,omitempty"`
	StateClass  string    `json:"state_class,omitempty"`
	Category    string    `json:"entity_category,omitempty"`
	Icon        string    `json:"icon,omitempty"`
	Command     string    `json:"command_topic,omitempty"`
	Press       string    `json:"payload_press,omitempty"`
	QoS         int       `json:"qos"`
	Available   string    `json:"availability_topic"`
	Device      haDevice  `json:"device"`
	Origin      *haOrigin `json:"origin"`
}

type haDevice struct {
	Identifiers  []string `json:"identifiers"`
	Name         string   `json:"name"`
	Manufacturer string   `json:"manufacturer"`
	Model        string   `json:"model"`
	Software     string   `json:"sw_version,omitempty"`
}

type haOrigin struct {
	Name     string `json:"name"`
	Software string `json:"sw_version,omitempty"`
}

// discovery returns the messages from which Home Assistant makes entities: by component
// and name, at PREFIX/COMPONENT/NODE/NAME/config.
func (b *Bridge) discovery() []*outgoing {
	if b.opt.Discovery == "" {
		return nil
	}
	var list []*outgoing
	add := func(component, name string, e entity) {
		e.UniqueID = "pffedge_" + b.opt.Node + "_" + name
		e.Available, e.QoS = b.base+"available", 1
		e.Device = haDevice{[]string{"pffedge_" + b.opt.Node}, "pffedge " + b.opt.Node, "pffedge", "pffedge serve", b.opt.Software}
		e.Origin = &haOrigin{"pffedge", b.opt.Software}
		topic := b.opt.Discovery + "/" + component + "/" + b.opt.Node + "/" + name + "/config"
		list = append(list, &outgoing{topic: topic, payload: encode(e), qos: 1, retain: true})
	}
	state := b.base + "state"
	add("sensor", "class", entity{Name: "Last class", State: state, Icon: "mdi:shape", Template: "{{ value_json.last.class if value_json.last else none }}"})
	add("sensor", "confidence", entity{
		Name: "Confidence", State: state, Unit: "%", StateClass: "measurement",
		Template: "{{ (value_json.last.confidence * 100) | round(1) if value_json.last else none }}",
	})
	add("sensor", "accuracy", entity{
		Name: "Accuracy lately", State: state, Unit: "%", StateClass: "measurement",
		Template: "{{ (value_json.accuracy * 100) | round(1) if value_json.accuracy is not none else none }}",
	})
	add("sensor", "memory", entity{
		Name: "Remembered samples", State: state, Unit: "B", DeviceClass: "data_size", StateClass: "measurement", Category: "diagnostic",
		Template: "{{ value_json.memory_bytes }}",
	})
	add("binary_sensor", "drift", entity{Name: "Drift", State: state, DeviceClass: "problem", Template: "{{ 'ON' if value_json.drifting else 'OFF' }}"})
	add("button", "sleep", entity{Name: "Sleep", Icon: "mdi:sleep", Command: b.base + "sleep", Press: pressed})
	return list
}
