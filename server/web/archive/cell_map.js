// Cells of any outline: each can be clicked, and reached with Tab and the arrow keys.
export default {
  template: `
    <div class="cell-map">
      <svg :viewBox="'0 0 ' + width + ' ' + height" role="group" :aria-label="label" @keydown="move">
        <defs>
          <pattern :id="name('unreachable')" width="7" height="7" patternUnits="userSpaceOnUse">
            <path d="M0 7 L7 0 M0 0 L7 7" stroke="currentColor" stroke-opacity="0.35" stroke-width="1" />
          </pattern>
          <pattern :id="name('failed')" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect width="3" height="8" fill="#d55e00" fill-opacity="0.45" />
          </pattern>
        </defs>
        <polygon v-if="frame" class="frame" :points="frame" fill="none" />
        <g
          v-for="shape in shapes"
          :key="shape.niche"
          :ref="(element) => (elements[shape.niche] = element)"
          :class="['cell', look(shape).state, { picked: shape.niche === picked, marked: look(shape).marked }]"
          role="button"
          :tabindex="shape.niche === entry ? 0 : -1"
          :aria-label="look(shape).label"
          :aria-pressed="shape.niche === picked"
          :data-cell="shape.niche"
          :data-state="look(shape).state"
          :data-marked="look(shape).marked || 0"
          @click="pick(shape)"
          @focus="focus(shape, $event)"
          @blur="ringed = null"
        >
          <title>{{ look(shape).label }}</title>
          <polygon :points="shape.points" :fill="fill(shape)" />
          <text v-if="text(shape)" :x="shape.x" :y="shape.y" :fill="look(shape).ink || 'currentColor'" text-anchor="middle" dominant-baseline="central">
            {{ text(shape) }}
          </text>
        </g>
        <template v-for="shape in shapes" :key="'ring' + shape.niche">
          <polygon v-if="look(shape).marked" class="ring selection" :points="shape.points" fill="none" />
          <polygon v-if="shape.niche === picked" class="ring pick" :points="shape.points" fill="none" />
        </template>
        <polygon v-if="ringed" class="ring focus" :points="ringed.points" fill="none" />
        <g v-for="(note, index) in notes" :key="'note' + index" aria-hidden="true">
          <text
            v-for="(line, row) in note.lines"
            :key="row"
            :class="{ title: note.title }"
            :x="note.upward ? 0 : note.x"
            :y="note.upward ? 0 : note.y + 14 * row"
            :transform="note.upward ? 'translate(' + note.x + ' ' + note.y + ') rotate(-90)' : null"
            :text-anchor="note.anchor"
            dominant-baseline="central"
            fill="currentColor"
          >{{ line }}</text>
        </g>
      </svg>
      <div class="key">
        <span v-if="scale.words" class="scale">
          <span>{{ scale.words }}</span>
          <span v-if="scale.high" class="bar">{{ scale.low }} <i :style="{ background: 'linear-gradient(to right,' + scale.colours.join(',') + ')' }"></i> {{ scale.high }}</span>
        </span>
        <span v-for="state in states" :key="state.name">
          <svg width="22" height="16" aria-hidden="true" :class="['cell', state.name]">
            <polygon points="1,1 21,1 21,15 1,15" :fill="pattern(state.name)" />
            <text x="11" y="8" text-anchor="middle" dominant-baseline="central" fill="currentColor">{{ signs[state.name] }}</text>
          </svg>
          {{ state.words }}
        </span>
        <span v-if="anyMarked">● how many of the selected architectures lie in it</span>
      </div>
    </div>`,
  props: { label: String, width: Number, height: Number, shapes: Array, notes: Array, looks: Object, scale: Object, states: Array, picked: Number, frame: String },
  data() {
    return { elements: {}, focused: null, ringed: null, signs: { empty: "", failed: "✕", unreachable: "" } };
  },
  computed: {
    anyMarked() {
      return Object.values(this.looks).some((look) => look.marked);
    },
    entry() {
      const known = this.shapes.map((shape) => shape.niche);
      if (known.includes(this.focused)) return this.focused;
      return known.includes(this.picked) ? this.picked : known[0];
    },
  },
  methods: {
    // ids of patterns are the page's, not the component's
    name(state) {
      return "cells-" + this.$.uid + "-" + state;
    },
    pattern(state) {
      return state === "failed" || state === "unreachable" ? "url(#" + this.name(state) + ")" : "transparent";
    },
    look(shape) {
      return this.looks[shape.niche] || { state: "empty", label: "" };
    },
    fill(shape) {
      return this.look(shape).fill || this.pattern(this.look(shape).state);
    },
    text(shape) {
      const look = this.look(shape);
      const words = (look.text || this.signs[look.state] || "") + (look.marked ? "  ●" + look.marked : "");
      return words.length * 7 <= shape.room ? words : shape.room >= 10 ? this.signs[look.state] || "" : "";
    },
    focus(shape, event) {
      this.focused = shape.niche;
      this.ringed = event.target.matches(":focus-visible") ? shape : null;
    },
    pick(shape) {
      this.$emit("pick", shape.niche);
    },
    move(event) {
      const here = this.shapes.find((shape) => shape.niche === this.focused);
      if (!here) return;
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        this.pick(here);
        return;
      }
      const [right, down] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[event.key] || [0, 0];
      if (!right && !down) return;
      event.preventDefault();
      let nearest = null;
      for (const shape of this.shapes) {
        const along = right * (shape.x - here.x) + down * (shape.y - here.y);
        const aside = Math.abs(down * (shape.x - here.x)) + Math.abs(right * (shape.y - here.y));
        if (along < 0.5) continue;
        const distance = along + 2.5 * aside;
        if (!nearest || distance < nearest.distance) nearest = { shape, distance };
      }
      if (nearest) this.elements[nearest.shape.niche].focus();
    },
  },
};
