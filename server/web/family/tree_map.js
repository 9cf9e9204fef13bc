// A drawing in a frame: dragged, zoomed, and walked through with the arrow keys.
export default {
  template: `
    <div
      ref="frame" class="family-map" role="group" :aria-label="label"
      @click="click" @keydown="key" @wheel="wheel" @pointerdown="press" @pointermove="drag" @pointerup="release"
      @pointercancel="release" @scroll="head"
    ><div ref="sheet" class="family-sheet" :style="{ width: width * scale + 'px', height: height * scale + 'px' }" v-html="svg"></div></div>`,
  props: { svg: String, width: Number, height: Number, label: String, first: String },
  data() {
    return { scale: 1, from: null, dragged: false, current: null, revealed: false };
  },
  mounted() {
    this.settle();
    // a panel that slides in has no width yet
    this.observer = new ResizeObserver(() => this.revealed || this.reveal(this.first));
    this.observer.observe(this.$refs.frame);
  },
  unmounted() {
    this.observer.disconnect();
  },
  updated() {
    this.settle();
  },
  methods: {
    members() {
      return [...this.$refs.sheet.querySelectorAll("[data-hash]")];
    },
    // the rounds stay at the top of what is in sight
    head() {
      const rounds = this.$refs.sheet.querySelector(".rounds");
      if (rounds) rounds.setAttribute("transform", "translate(0 " + this.$refs.frame.scrollTop / this.scale + ")");
    },
    settle() {
      this.head();
      const lost = !this.current || !this.current.isConnected;
      if (!lost) return;
      const members = this.members();
      const hadFocus = this.focused;
      const hash = this.current ? this.current.dataset.hash : this.first;
      const found = members.find((each) => each.dataset.hash === hash) || members[members.length - 1];
      if (!found) return;
      this.enter(found, hadFocus && this.current !== null);
    },
    enter(member, focus) {
      if (this.current) this.current.setAttribute("tabindex", -1);
      this.current = member;
      member.setAttribute("tabindex", 0);
      if (focus) member.focus({ preventScroll: true });
    },
    reveal(hash) {
      const member = this.members().find((each) => each.dataset.hash === hash);
      // before its style sheet has come the frame does not scroll; it changes its size when that comes
      if (!member || !this.$refs.frame.clientWidth || getComputedStyle(this.$refs.frame).overflowX !== "auto") return;
      this.revealed = true;
      const frame = this.$refs.frame.getBoundingClientRect();
      const box = member.getBoundingClientRect();
      this.$refs.frame.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
      this.$refs.frame.scrollTop += box.top + box.height / 2 - frame.top - frame.height / 2;
    },
    pick(member, more) {
      this.focused = true;
      this.enter(member, true);
      this.$emit("pick", { hash: member.dataset.hash, more });
    },
    click(event) {
      const member = event.target.closest("[data-hash]");
      if (member && !this.dragged) this.pick(member, event.shiftKey || event.ctrlKey || event.metaKey);
    },
    key(event) {
      const member = event.target.closest("[data-hash]");
      if (event.key === "+" || event.key === "=") this.zoom(1.25);
      else if (event.key === "-") this.zoom(0.8);
      else if (!member) return;
      else if (event.key === "Enter" || event.key === " ") this.pick(member, event.shiftKey);
      else if (!this.step(member, event.key)) return;
      event.preventDefault();
    },
    step(member, key) {
      const [right, down] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[key] || [0, 0];
      if (!right && !down) return false;
      const [x, y] = [Number(member.dataset.column), Number(member.dataset.row)];
      let nearest = null;
      for (const each of this.members()) {
        const [dx, dy] = [Number(each.dataset.column) - x, Number(each.dataset.row) - y];
        const along = right * dx + down * dy;
        const distance = along + 2 * Math.abs(right ? dy : 3 * dx);
        if (along > 0.01 && (!nearest || distance < nearest.distance)) nearest = { each, distance };
      }
      if (nearest) {
        this.focused = true;
        this.enter(nearest.each, true);
        nearest.each.scrollIntoView({ block: "nearest", inline: "nearest" });
      }
      return true;
    },
    zoom(factor, event) {
      const frame = this.$refs.frame;
      const box = frame.getBoundingClientRect();
      const [x, y] = event ? [event.clientX - box.left, event.clientY - box.top] : [frame.clientWidth / 2, frame.clientHeight / 2];
      const next = Math.min(3, Math.max(0.15, this.scale * factor));
      const [left, top] = [((frame.scrollLeft + x) * next) / this.scale - x, ((frame.scrollTop + y) * next) / this.scale - y];
      this.scale = next;
      this.$nextTick(() => {
        frame.scrollLeft = left;
        frame.scrollTop = top;
      });
    },
    fit() {
      const frame = this.$refs.frame;
      this.scale = Math.max(0.15, Math.min(1, (frame.clientWidth - 4) / this.width, (frame.clientHeight - 4) / this.height));
    },
    wheel(event) {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, event);
    },
    press(event) {
      this.dragged = false;
      if (event.button === 0 && event.pointerType === "mouse") {
        this.from = { x: event.clientX + this.$refs.frame.scrollLeft, y: event.clientY + this.$refs.frame.scrollTop };
      }
    },
    drag(event) {
      if (!this.from) return;
      const [left, top] = [this.from.x - event.clientX, this.from.y - event.clientY];
      const frame = this.$refs.frame;
      if (Math.abs(left - frame.scrollLeft) + Math.abs(top - frame.scrollTop) > 4) this.dragged = true;
      if (this.dragged) [frame.scrollLeft, frame.scrollTop] = [left, top];
    },
    release() {
      this.from = null;
    },
  },
};
