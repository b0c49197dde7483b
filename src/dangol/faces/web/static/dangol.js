// Charts and their numbers. Numbers are written exactly as core/text/format.py writes them; a test holds the two together.
"use strict";

(function (global) {
  const UNITS = {
    ko: [[0, ""], [4, "만"], [8, "억"], [12, "조"]],
    en: [[0, ""], [3, "K"], [6, "M"], [9, "B"], [12, "T"]],
  };

  // |value| / 10^shift, rounded half up on its decimal digits (binary rounding would differ from the server's)
  function rounded(value, shift, places) {
    const [mantissa, exponent = "0"] = String(Math.abs(value)).split("e");
    const [whole, fraction = ""] = mantissa.split(".");
    const digits = BigInt(whole + fraction);
    const drop = fraction.length - Number(exponent) + shift - places;
    const power = 10n ** BigInt(Math.abs(drop));
    const kept = drop > 0 ? (digits + power / 2n) / power : digits * power;
    const text = kept.toString().padStart(places + 1, "0");
    const head = text.slice(0, text.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
    return places ? `${head}.${text.slice(-places)}` : head;
  }

  const trimmed = (text) => (text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text);
  const signed = (value, text, before = "") => (value < 0 && /[1-9]/.test(text) ? "-" : "") + before + text;
  const plain = (text) => Number(text.replaceAll(",", ""));

  function scaled(value, shift, language) {
    const amount = Math.abs(value) / 10 ** shift;
    if (amount >= 100) return trimmed(rounded(value, shift, 0));
    return trimmed(rounded(value, shift, language === "en" && amount < 10 ? 2 : 1));
  }

  function short(value, style) {
    const units = UNITS[style.language];
    for (let place = 0; place < units.length; place += 1) {
      const [shift, unit] = units[place];
      const written = unit ? scaled(value, shift, style.language) : rounded(value, 0, style.digits);
      const larger = units[place + 1];
      if (!larger || plain(written) < 10 ** (larger[0] - shift)) return written + unit;
    }
    return String(value);
  }

  const FORMATTERS = {
    count: (value) => signed(value, rounded(value, 0, 0)),
    money: (value, style) => signed(value, short(value, style), style.symbol),
    percent(value, style) {
      const places = Math.abs(value) * 100 >= 1 || value === 0 ? 1 : 2;
      return signed(value, rounded(value, -2, places)) + (style.language === "ko" ? "%" : " %");
    },
    number(value) {
      const size = Math.abs(value);
      const places = size >= 1 || size === 0 ? 2 : Math.min(2 - Math.floor(Math.log10(size)), 12);
      return signed(value, trimmed(rounded(value, 0, places)));
    },
    days(value, style) {
      const written = signed(value, trimmed(rounded(value, 0, 1)));
      if (style.language === "ko") return `${written}일`;
      return written === "1" ? "1 day" : `${written} days`;
    },
  };

  function format(name, value, style) {
    return typeof value === "number" && Number.isFinite(value) ? FORMATTERS[name](value, style) : "–";
  }

  // an interval as a stroke between its ends with a short stroke across both, on its own one of the bars that stand side by side;
  // rows are [place, low, high, which of the bars, how many bars]
  function interval(lying) {
    return (_, api) => {
      const [bar, bars] = [api.value(3), api.value(4)];
      const beside = bars > 1 ? api.barLayout({ count: bars, barMaxWidth: 44 })[bar].offsetCenter : 0;
      const at = (side) => {
        const [x, y] = api.coord(lying ? [api.value(side), api.value(0)] : [api.value(0), api.value(side)]);
        return lying ? [x, y + beside] : [x + beside, y];
      };
      const [start, stop] = [at(1), at(2)];
      const [dx, dy] = lying ? [0, 5] : [5, 0];
      const line = (from, to) => ({
        type: "line",
        shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
        style: { stroke: api.visual("color"), lineWidth: 1.5 },
      });
      const across = (end) => line([end[0] - dx, end[1] - dy], [end[0] + dx, end[1] + dy]);
      return { type: "group", children: [line(start, stop), across(start), across(stop)] };
    };
  }

  const RENDERERS = { "@interval": interval(false), "@lying_interval": interval(true) };

  // "@money" becomes a function; labels and tooltips hand over parameters instead of a value
  function withFunctions(node, style) {
    if (RENDERERS[node]) return RENDERERS[node];
    if (typeof node === "string" && node.startsWith("@") && FORMATTERS[node.slice(1)]) {
      return (given) => {
        const value = given !== null && typeof given === "object" && !Array.isArray(given) ? given.value : given;
        return format(node.slice(1), Array.isArray(value) ? value[value.length - 1] : value, style);
      };
    }
    if (Array.isArray(node)) return node.map((each) => withFunctions(each, style));
    if (node === null || typeof node !== "object") return node;
    return Object.fromEntries(Object.entries(node).map(([key, each]) => [key, withFunctions(each, style)]));
  }

  global.dangol = { format, withFunctions };
  if (typeof global.HTMLElement === "undefined") return;

  class Chart extends global.HTMLElement {
    connectedCallback() {
      if (!global.echarts || this.chart) return;
      const option = withFunctions(JSON.parse(this.dataset.option), JSON.parse(this.dataset.style));
      const fallback = this.querySelector("svg");
      option.textStyle.fontFamily = global.getComputedStyle(this).fontFamily;
      if (fallback) fallback.remove();
      this.classList.add("drawn");
      this.chart = global.echarts.init(this, null, { renderer: "svg" });
      this.chart.setOption(option);
      this.watch = new ResizeObserver(() => this.chart && this.chart.resize());
      this.watch.observe(this);
    }

    disconnectedCallback() {
      if (!this.chart) return;
      this.watch.disconnect();
      this.chart.dispose();
      this.chart = null;
    }
  }

  global.customElements.define("dg-chart", Chart);
})(typeof window === "undefined" ? globalThis : window);
