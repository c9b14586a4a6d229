/* Replays a draw (protocol ov1) in the browser, or in any JavaScript of 2011: no network, no crypto.subtle,
   no integers above 2^53. Written from the protocol alone; shares nothing with verify.py.

   OV1.verify(files, head): files is name -> Uint8Array. Returns { holds, reason, digest, steps, checked, partly, unchecked };
   digest is what a replay gives of a round that was drawn, empty unless everything holds.
   OV1.checkProof(bytes, root, id): returns { holds, reason, isListed }.
   OV1.unzip(bytes): name -> Uint8Array of a zip file whose entries are stored, not compressed. */
var OV1 = (function () {
  "use strict";

  /* SHA-256 (FIPS 180-4) */

  var ROUND = [], START = [];
  (function () {
    // The constants are the first 32 bits of the fractions of cube and square roots of primes.
    function fraction(root) { return ((root - Math.floor(root)) * 4294967296) | 0; }
    for (var n = 2; ROUND.length < 64; n += 1) {
      var isPrime = true;
      for (var d = 2; d * d <= n; d += 1) { if (n % d === 0) { isPrime = false; } }
      if (isPrime) {
        if (START.length < 8) { START.push(fraction(Math.sqrt(n))); }
        ROUND.push(fraction(cubeRoot(n)));
      }
    }
    // Math.pow may be off in the last bits, and an older browser has no Math.cbrt: one step of Newton settles it.
    function cubeRoot(x) {
      var r = Math.pow(x, 1 / 3);
      return r - (r * r * r - x) / (3 * r * r);
    }
  }());

  var word = new Int32Array(64);

  function turn(x, n) { return (x >>> n) | (x << (32 - n)); }

  function block(state, bytes, at) {
    var i, a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (i = 0; i < 16; i += 1) {
      word[i] = (bytes[at + 4 * i] << 24) | (bytes[at + 4 * i + 1] << 16) | (bytes[at + 4 * i + 2] << 8) | bytes[at + 4 * i + 3];
    }
    for (i = 16; i < 64; i += 1) {
      var x = word[i - 15], y = word[i - 2];
      word[i] = (word[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + word[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10))) | 0;
    }
    for (i = 0; i < 64; i += 1) {
      var one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUND[i] + word[i]) | 0;
      var two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + one) | 0; d = c; c = b; b = a; a = (one + two) | 0;
    }
    state[0] = (state[0] + a) | 0; state[1] = (state[1] + b) | 0; state[2] = (state[2] + c) | 0; state[3] = (state[3] + d) | 0;
    state[4] = (state[4] + e) | 0; state[5] = (state[5] + f) | 0; state[6] = (state[6] + g) | 0; state[7] = (state[7] + h) | 0;
  }

  function sha(bytes) {
    var state = START.slice(), length = bytes.length, whole = length - length % 64, at;
    for (at = 0; at < whole; at += 64) { block(state, bytes, at); }
    var rest = length - whole, tail = new Uint8Array(rest < 56 ? 64 : 128);
    for (at = 0; at < rest; at += 1) { tail[at] = bytes[whole + at]; }
    tail[rest] = 128;
    var bits = length * 8;
    for (at = 1; at <= 8; at += 1) { tail[tail.length - at] = bits % 256; bits = Math.floor(bits / 256); }
    for (at = 0; at < tail.length; at += 64) { block(state, tail, at); }
    return state.map(function (x) { return ("0000000" + (x >>> 0).toString(16)).slice(-8); }).join("");
  }

  /* Text */

  function encode(text) {
    var out = [];
    for (var i = 0; i < text.length; i += 1) {
      var c = text.charCodeAt(i);
      if (c >= 0xd800 && c < 0xdc00) { i += 1; c = 0x10000 + ((c - 0xd800) << 10) + (text.charCodeAt(i) - 0xdc00); }
      if (c < 0x80) { out.push(c); }
      else if (c < 0x800) { out.push(0xc0 | (c >> 6), 0x80 | (c & 63)); }
      else if (c < 0x10000) { out.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63)); }
      else { out.push(0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63)); }
    }
    return out;
  }

  // Returns null for what is not UTF-8: too long, cut off, a surrogate, beyond the last character.
  function decode(bytes) {
    var parts = [], text = "", i = 0;
    while (i < bytes.length) {
      var c = bytes[i], more = c < 0x80 ? 0 : c >= 0xc2 && c < 0xe0 ? 1 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : -1;
      if (more < 0 || i + more >= bytes.length) { return null; }
      var point = more === 0 ? c : c & (63 >> more);
      for (var k = 1; k <= more; k += 1) {
        if ((bytes[i + k] & 0xc0) !== 0x80) { return null; }
        point = (point << 6) | (bytes[i + k] & 63);
      }
      if ((more === 2 && (point < 0x800 || (point >= 0xd800 && point < 0xe000))) || (more === 3 && (point < 0x10000 || point > 0x10ffff))) {
        return null;
      }
      text += point < 0x10000 ? String.fromCharCode(point)
        : String.fromCharCode(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 1023));
      if (text.length > 8192) { parts.push(text); text = ""; }
      i += more + 1;
    }
    return parts.join("") + text;
  }

  // Nearly everything hashed is short ASCII: it goes through one buffer.
  var shortText = new Uint8Array(256);

  function digest(text) {
    if (text.length > shortText.length) { return sha(encode(text)); }
    for (var i = 0; i < text.length; i += 1) {
      var c = text.charCodeAt(i);
      if (c > 127) { return sha(encode(text)); }
      shortText[i] = c;
    }
    return sha(shortText.subarray(0, text.length));
  }

  /* What a reader brings, and what does not hold */

  function Refusal(file, reason) { this.file = file; this.reason = reason; }

  function refuse(file, reason) { throw new Refusal(file, reason); }

  function insist(holds, file, reason) { if (!holds) { refuse(file, reason); } }

  function Evidence(files) {
    this.files = files;
    this.texts = {};
    this.checked = {};
    this.partly = {};
    this.sealed = [];
  }

  Evidence.prototype.has = function (name) { return Object.prototype.hasOwnProperty.call(this.files, name); };

  Evidence.prototype.bytes = function (name) {
    insist(this.has(name), name, "缺少文件");
    this.checked[name] = true;
    return this.files[name];
  };

  Evidence.prototype.text = function (name) {
    var bytes = this.bytes(name);
    if (!Object.prototype.hasOwnProperty.call(this.texts, name)) {
      var text = decode(bytes);
      insist(text !== null, name, "不是UTF-8编码");
      insist(text.normalize ? text.normalize("NFC") === text : /^[\x00-\x7f]*$/.test(text), name, "不是NFC规范形式");
      this.texts[name] = text;
    }
    return this.texts[name];
  };

  var BLANK = /[\t\n\x0b\x0c\x1c-\x1f \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

  Evidence.prototype.lines = function (name) {
    var text = this.text(name);
    insist(text.indexOf("\r") < 0 && text.indexOf("\0") < 0, name, "含有CR或NUL字符");
    insist(text === "" || text.charAt(text.length - 1) === "\n", name, "最后一行没有换行符");
    var lines = text.split("\n");
    lines.pop();
    lines.forEach(function (line, n) {
      insist(line !== "" && !BLANK.test(line.charAt(0)) && !BLANK.test(line.charAt(line.length - 1)), name,
        "第" + (n + 1) + "行为空或首尾有空白");
    });
    return lines;
  };

  Evidence.prototype.rows = function (name, forms) {
    return this.lines(name).map(function (line, n) {
      var row = line.split("\t");
      insist(row.length === forms.length && forms.every(function (form, i) { return form.test(row[i]); }), name,
        "第" + (n + 1) + "行字段不符合格式");
      return row;
    });
  };

  Evidence.prototype.table = function (name, forms) {
    var lines = this.lines(name);
    for (var n = 1; n < lines.length; n += 1) { insist(lines[n - 1] < lines[n], name, "第" + (n + 1) + "行重复或未按字节排序"); }
    return this.rows(name, forms);
  };

  Evidence.prototype.single = function (name, form) {
    var rows = this.rows(name, [form]);
    insist(rows.length === 1, name, "应当只有一行");
    return rows[0][0];
  };

  Evidence.prototype.equals = function (name, text, reason) {
    insist(this.text(name) === text, name, reason || "与重算结果不一致");
  };

  Evidence.prototype.inPart = function (name, reason) {
    delete this.checked[name];
    this.partly[name] = reason;
  };

  var HEX = /^[0-9a-f]{64}$/, NAME = /^[a-z0-9]{1,32}$/, CODE = /^[A-Za-z0-9.-]{1,32}$/, CLASS = /^[ABCDN]$/;
  var NUMBER = /^(?:0|[1-9][0-9]{0,9})$/, ANY = /^[^\t\n]+$/, CELL = /^[0-9a-f]{16}$/, FLAG = /^[01]$/;
  var CREDIT = /^[0-9A-HJ-NP-RTUW-Y]{18}$/, ID = /^(?:[0-9A-HJ-NP-RTUW-Y]{18}|[A-Z]{2}-[0-9A-Z-]{1,19})$/;
  var MARK = /^[a-z2-7]{22}$/, SERIAL = /^[0-9]{6}-[0-9]{4}-[0-9]{2}-[1-9][0-9]{0,8}$/;
  var TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+08:00$/;
  var EVENT = /^(?:freeze|root|commit|reveal|seed|drawn|batches|substitute|recusal|plan|void)$/;
  var FROZEN = ["chains.tsv", "history.tsv", "objects.tsv", "plan.tsv", "scope.tsv", "settings.tsv", "sources.tsv", "witnesses.tsv"];
  var PERSONAL = ["experts.tsv", "lent.tsv", "people.tsv", "recusals.tsv"];
  var LIMIT = 2147483648;

  function time(text, file) {
    var p = text.split(/[-T:+]/).map(Number), leap = (p[0] % 4 === 0 && p[0] % 100 !== 0) || p[0] % 400 === 0;
    var days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    insist(p[0] > 0 && p[1] > 0 && p[1] < 13 && p[2] > 0 && p[2] <= days[p[1] - 1] && p[3] < 24 && p[4] < 60 && p[5] < 60, file,
      "时间不存在：" + text);
    return text;
  }

  function number(text, file) {
    insist(Number(text) < LIMIT, file, "数字过大：" + text);
    return Number(text);
  }

  // GB 32100: the last character makes the weighted sum divisible by 31.
  function checkCode(id, file) {
    if (!CREDIT.test(id)) { return; }
    var letters = "0123456789ABCDEFGHJKLMNPQRTUWXY", sum = 0, weight = 1;
    for (var i = 0; i < 18; i += 1) {
      sum += letters.indexOf(id.charAt(i)) * (i < 17 ? weight : 1);
      weight = weight * 3 % 31;
    }
    insist(sum % 31 === 0, file, "信用代码校验位不对：" + id);
  }

  /* Section 1: what was frozen */

  function manifest(evidence) {
    var last = "", names = {};
    evidence.lines("MANIFEST").forEach(function (line, n) {
      var match = /^([0-9a-f]{64})  ([A-Za-z0-9_-][A-Za-z0-9._-]*)$/.exec(line);
      insist(match, "MANIFEST", "第" + (n + 1) + "行格式不对");
      insist(last < match[2], "MANIFEST", "未按文件名排序或有重复");
      last = match[2];
      names["=" + last] = match[1];
    });
    evidence.hasFrozenPeople = names["=people.tsv"] !== undefined;
    FROZEN.forEach(function (name) { insist(names["=" + name], "MANIFEST", "没有列出" + name); });
    Object.keys(names).forEach(function (key) {
      var name = key.slice(1);
      // Who may be sent and who stays away is listed with its hash, and not in what is published of an open round.
      if (PERSONAL.indexOf(name) >= 0 && !evidence.has(name)) { evidence.sealed.push(name); return; }
      insist(sha(evidence.bytes(name)) === names[key], name, "与冻结时的指纹不一致");
    });
    return sha(evidence.bytes("MANIFEST"));
  }

  function place(row) { return row[0] + "\t" + row[1] + "\t" + row[2]; }

  // A list that refuses a key twice. Keys carry a sign in front: no name collides with what every object has.
  function Index() { this.map = {}; this.keys = []; }

  Index.prototype.get = function (key) { return this.map["=" + key]; };

  Index.prototype.put = function (key, value) {
    if (this.map["=" + key] !== undefined) { return false; }
    this.map["=" + key] = value;
    this.keys.push(key);
    return true;
  };

  Index.prototype.list = function (key) {
    if (this.get(key) === undefined) { this.put(key, []); }
    return this.get(key);
  };

  Index.prototype.index = function (key) {
    if (this.get(key) === undefined) { this.put(key, new Index()); }
    return this.get(key);
  };

  function settings(evidence) {
    var file = "settings.tsv", found = new Index();
    var forms = {
      algorithm: /^ov1$/, batches: NUMBER, disclosure: /^(?:open|witnessed)$/, exempt: /^(?:-|A?B?C?D?N?)$/,
      sparing: NUMBER, substitutes: NUMBER
    };
    evidence.table(file, [CODE, ANY]).forEach(function (row) {
      var isKnown = Object.prototype.hasOwnProperty.call(forms, row[0]) && forms[row[0]].test(row[1]);
      insist(isKnown && found.put(row[0], row[1]), file, "设置不认识或不合规：" + row[0]);
    });
    Object.keys(forms).forEach(function (name) { insist(found.get(name) !== undefined, file, "缺少设置" + name); });
    ["batches", "substitutes"].forEach(function (name) {
      insist(found.get(name) !== "0" && Number(found.get(name)) < LIMIT, file, "设置超出范围：" + name);
    });
    insist(Number(found.get("sparing")) <= 10000, file, "设置超出范围：sparing");
    return {
      batches: Number(found.get("batches")), isOpen: found.get("disclosure") === "open", exempt: found.get("exempt"),
      sparing: Number(found.get("sparing")), substitutes: Number(found.get("substitutes"))
    };
  }

  function frozen(evidence) {
    var made = { settings: settings(evidence), witnesses: new Index(), sources: new Index(), chains: new Index() };
    evidence.table("witnesses.tsv", [NAME]).forEach(function (row) { made.witnesses.put(row[0], true); });
    evidence.table("sources.tsv", [NAME, ANY, TIME]).forEach(function (row) {
      var isNew = made.sources.put(row[0], time(row[2], "sources.tsv"));
      insist(isNew && !made.witnesses.get(row[0]), "sources.tsv", "公共随机源重名或与见证人重名");
    });
    insist(made.sources.keys.length > 0, "sources.tsv", "没有公共随机源");
    evidence.table("chains.tsv", [NAME, HEX]).forEach(function (row) {
      insist(made.chains.put(row[0], row[1]) && made.witnesses.get(row[0]), "chains.tsv", "持链人重名或不是见证人");
    });
    insist(made.chains.keys.length > 1, "chains.tsv", "递补码链须由两名以上见证人各持一条");
    roster(evidence, made);
    scope(evidence, made);
    plan(evidence, made);
    history(evidence, made);
    return made;
  }

  function roster(evidence, made) {
    var file = "objects.tsv", marks = new Index();
    made.objects = new Index();
    made.leaves = [];
    evidence.table(file, [ID, CLASS, made.settings.isOpen ? ID : MARK]).forEach(function (row) {
      checkCode(row[0], file);
      insist(!made.settings.isOpen || (row[1] === "N" && row[2] === row[0]), file, "公开场次不得有类别或标记：" + row[0]);
      insist(made.objects.put(row[0], { letter: row[1], mark: row[2] }) && marks.put(row[2], true), file, "编号或标记重复：" + row[0]);
      made.leaves.push(row[0] + "\t" + digest(row[1] + "\t" + row[2]));
    });
  }

  function scope(evidence, made) {
    var file = "scope.tsv", seen = new Index();
    made.scope = new Index();
    evidence.table(file, [CODE, CODE, CLASS, ID]).forEach(function (row) {
      var object = made.objects.get(row[3]);
      insist(object && object.letter === row[2], file, "不在名录中或类别不符：" + row[3]);
      insist(seen.put(row[0] + "\t" + row[1] + "\t" + row[3], true), file, "同一事项重复：" + row[3]);
      made.scope.list(place(row)).push(row[3]);
    });
  }

  function plan(evidence, made) {
    var file = "plan.tsv";
    made.plan = new Index();
    evidence.table(file, [CODE, CODE, CLASS, /^(?:general|key)$/, NUMBER, /^(?:rate|count)$/, NUMBER, NUMBER]).forEach(function (row) {
      var where = place(row), value = number(row[6], file);
      insist(number(row[4], file) === (made.scope.get(where) || []).length, file, "户数与范围不符：" + where);
      insist(row[5] !== "rate" || value <= 10000, file, "比例超过10000基点：" + where);
      insist(made.plan.put(where, { task: row[0], isRate: row[5] === "rate", value: value, least: number(row[7], file) }), file, "重复：" + where);
    });
    made.scope.keys.forEach(function (where) { insist(made.plan.get(where), file, "缺少一层的计划：" + where); });
  }

  function history(evidence, made) {
    var file = "history.tsv";
    made.history = new Index();
    made.cells = new Index();
    evidence.table(file, [ID, CELL, FLAG]).forEach(function (row) {
      checkCode(row[0], file);
      insist(made.history.put(row[0], { cell: row[1], flag: row[2] === "1" }), file, "编号重复：" + row[0]);
      var cell = made.cells.get(row[1]);
      if (!cell) { cell = { lines: 0, drawn: 0 }; made.cells.put(row[1], cell); }
      cell.lines += 1;
      cell.drawn += row[2] === "1" ? 1 : 0;
    });
  }

  function unhex(hex) {
    var out = [];
    for (var i = 0; i < hex.length; i += 2) { out.push(parseInt(hex.substr(i, 2), 16)); }
    return out;
  }

  function node(left, right) { return sha([1].concat(unhex(left), unhex(right))); }

  function leafHash(text) { return sha([0].concat(encode(text))); }

  // RFC 6962, by its definition: the left part is the largest power of two below the number of leaves.
  function rootOf(leaves) {
    if (leaves.length === 0) { return sha([]); }
    if (leaves.length === 1) { return leafHash(leaves[0]); }
    var half = 1;
    while (half * 2 < leaves.length) { half *= 2; }
    return node(rootOf(leaves.slice(0, half)), rootOf(leaves.slice(half)));
  }

  /* Section 2: the ceremony */

  function commits(evidence, name, witnesses, mayLack) {
    var at = -1, found = new Index();
    evidence.rows(name, [NAME, HEX]).forEach(function (row) {
      var next = witnesses.keys.indexOf(row[0]);
      insist(next > at && (mayLack || next === at + 1), name, "承诺缺少、多出或次序不对");
      at = next;
      found.put(row[0], row[1]);
    });
    insist(mayLack || at === witnesses.keys.length - 1, name, "承诺缺少、多出或次序不对");
    return found;
  }

  var UNPRINTABLE = /[\x00-\x1f\x7f-\xa0\xad\u0600-\u0605\u061c\u06dd\u070f\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ue000-\uf8ff\ufeff\ufff9-\uffff]/;

  function reveals(evidence, name, serial, c, promised) {
    var given = [];
    evidence.lines(name).forEach(function (line, n) {
      var cut = line.indexOf("="), who = line.slice(0, cut), value = line.slice(cut + 1);
      insist(cut > 0 && NAME.test(who) && value !== "" && value.charAt(0) !== " " && !UNPRINTABLE.test(line), name, "第" + (n + 1) + "行格式不对");
      insist(given.indexOf(who) < 0, name, "重复揭示：" + who);
      given.push(who);
      if (promised.get(who)) {
        var again = HEX.test(value) && digest(["ov1/commit", c, serial, who, value, ""].join("\n"));
        insist(again === promised.get(who), name, "揭示与承诺不符：" + who);
      }
    });
    return given;
  }

  function seedOf(evidence, serial, c) { return digest("ov1/seed\n" + c + "\n" + serial + "\n" + evidence.text("REVEALS")); }

  function keyOf(seed, purpose) { return digest("ov1/key\n" + purpose + "\n" + seed + "\n").slice(0, 32); }

  /* Sections 3 and 4: how many, and who. Large integers are lists of 16-bit digits, the least first. */

  function digits(hex) {
    var out = [];
    for (var i = hex.length; i > 0; i -= 4) { out.push(parseInt(hex.slice(i - 4, i), 16)); }
    return out;
  }

  function times(list, factor) {
    var carry = 0, out = list.map(function (digit) {
      var sum = digit * factor + carry;
      carry = Math.floor(sum / 65536);
      return sum % 65536;
    });
    for (var i = 0; i < 3; i += 1) { out.push(carry % 65536); carry = Math.floor(carry / 65536); }
    return out;
  }

  function plus(a, b) {
    var carry = 0, out = [];
    for (var i = 0; i < Math.max(a.length, b.length); i += 1) {
      var sum = (a[i] || 0) + (b[i] || 0) + carry;
      out.push(sum % 65536);
      carry = sum >= 65536 ? 1 : 0;
    }
    return out;
  }

  function over(list, divisor) {
    var out = [], rest = 0;
    for (var i = list.length - 1; i >= 0; i -= 1) {
      rest = rest * 65536 + list[i];
      out[i] = Math.floor(rest / divisor);
      rest %= divisor;
    }
    return out;
  }

  // Tells whether h64(text) * 10000 < parts * 2^64.
  function isBelow(text, parts) {
    var product = times(digits(digest(text).slice(0, 16)), 10000);
    return product[4] + product[5] * 65536 < parts;
  }

  // Returns V as 24 hex digits, so that texts compare as the numbers do.
  function rankOf(ticket, cell, flag) {
    var u = ticket.slice(0, 16);
    if (!cell) { return u + "00000000"; }
    var free = cell.lines - cell.drawn;
    var v = flag ? plus([0, 0, 0, 0].concat(times([1], free)), times(digits(u), cell.drawn)) : times(digits(u), free);
    var whole = over([0, 0].concat(v), cell.lines), text = "";
    for (var i = 5; i >= 0; i -= 1) { text += ("000" + (whole[i] || 0).toString(16)).slice(-4); }
    return text;
  }

  function drawAll(made, seed) {
    var rounding = keyOf(seed, "rounding"), sparing = keyOf(seed, "sparing"), ranks = new Index(), keys = new Index();
    function ranked(task, id) {
      var known = ranks.get(task + "\t" + id);
      if (known) { return known; }
      if (!keys.get(task)) { keys.put(task, keyOf(seed, "objects/" + task)); }
      var object = made.objects.get(id), past = made.history.get(id), ticket = digest(keys.get(task) + "|" + object.mark);
      var isTouched = past && made.settings.exempt.indexOf(object.letter) < 0 && isBelow(sparing + "|" + object.mark, made.settings.sparing);
      var rank = rankOf(ticket, isTouched ? made.cells.get(past.cell) : null, isTouched && past.flag);
      var one = { id: id, ticket: ticket, order: rank + ticket + id };
      ranks.put(task + "\t" + id, one);
      return one;
    }
    var drawn = [];
    made.plan.keys.forEach(function (where) {
      var line = made.plan.get(where), ids = made.scope.get(where) || [], count = line.value;
      if (line.isRate) {
        var parts = ids.length * line.value;
        count = Math.floor(parts / 10000);
        if (isBelow(rounding + "|" + where.replace(/\t/g, "|"), parts % 10000)) { count += 1; }
      }
      count = Math.min(ids.length, Math.max(count, line.least));
      var all = ids.map(function (id) { return ranked(line.task, id); });
      all.sort(function (a, b) { return a.order < b.order ? -1 : 1; });
      all.slice(0, count).forEach(function (one) { drawn.push({ task: line.task, where: where, id: one.id, ticket: one.ticket }); });
    });
    return drawn;
  }

  function fileOf(lines) { return lines.sort().map(function (line) { return line + "\n"; }).join(""); }

  /* Section 5: batches */

  function batchLines(made, seed, drawn) {
    var tasks = new Index(), lines = [];
    drawn.forEach(function (one) { tasks.index(one.task).put(one.id, true); });
    tasks.keys.forEach(function (task) {
      var key = keyOf(seed, "batch/" + task), ids = tasks.get(task).keys;
      var order = ids.map(function (id) { return digest(key + "|" + made.objects.get(id).mark) + id; }).sort();
      order.forEach(function (text, rank) {
        lines.push([task, text.slice(64), Math.floor(rank * made.settings.batches / order.length) + 1].join("\t"));
      });
    });
    return lines;
  }

  /* Section 7: substitutes */

  function codes(evidence, chains, most) {
    if (!evidence.has("CODES")) { return []; }
    var holders = chains.keys.slice().sort();
    var rows = evidence.rows("CODES", [NUMBER, CODE, ID].concat(holders.map(function () { return HEX; })));
    rows.forEach(function (row, n) {
      insist(Number(row[0]) === n + 1 && n < most, "CODES", "第" + (n + 1) + "行序号不对或超过链长");
      holders.forEach(function (holder, k) {
        var link = row[3 + k];
        for (var i = 0; i <= n; i += 1) { link = digest(link + "\n"); }
        insist(link === chains.get(holder), "CODES", "第" + (n + 1) + "行的码不在" + holder + "的链上");
      });
    });
    return rows;
  }

  function substituteLines(made, seed, drawn, rows) {
    var held = new Index(), gone = new Index(), lines = [];
    drawn.forEach(function (one) { held.index(one.where).put(one.id, true); });
    rows.forEach(function (row) {
      var task = row[1], lost = row[2], key = digest("ov1/sub\n" + seed + "\n" + row.slice(3).join("\n") + "\n").slice(0, 32);
      var places = held.keys.filter(function (where) {
        return where.split("\t")[0] === task && held.get(where).get(lost);
      });
      insist(places.length > 0 && gone.put(task + "\t" + lost, true), "CODES", "第" + row[0] + "行的对象未被抽中或已递补");
      places.forEach(function (where) {
        var best = null;
        made.scope.get(where).forEach(function (id) {
          if (held.get(where).get(id) || gone.get(task + "\t" + id)) { return; }
          var order = digest(key + "|" + made.objects.get(id).mark) + id;
          if (best === null || order < best) { best = order; }
        });
        var taken = best === null ? "-" : best.slice(64);
        if (best !== null) { held.get(where).put(taken, true); }
        lines.push([row[0], task, where.split("\t")[1], lost, taken].join("\t"));
      });
    });
    return lines;
  }

  /* Section 8: the trail */

  function trail(evidence) {
    var previous = new Array(65).join("0"), latest = "", attempts = [], drawnHead = null, signable = [];
    evidence.rows("TRAIL", [NUMBER, TIME, EVENT, HEX, HEX]).forEach(function (row, n) {
      insist(Number(row[0]) === n + 1 && row[4] === previous, "TRAIL", "第" + (n + 1) + "行断链");
      insist(time(row[1], "TRAIL") >= latest, "TRAIL", "第" + (n + 1) + "行时间倒退");
      latest = row[1];
      previous = digest(row.join("\t") + "\n");
      if (row[2] === "batches") { drawnHead = previous; }
      // Minutes are signed when a round is drawn or given up; losses, substitutes and digests come later.
      if (signable.length || row[2] === "batches" || row[2] === "void") { signable.push(previous); }
      if (row[2] === "freeze") { attempts.push([]); }
      insist(attempts.length > 0, "TRAIL", "第一行应为freeze");
      attempts[attempts.length - 1].push({ at: row[1], event: row[2], payload: row[3] });
    });
    insist(attempts.length > 0, "TRAIL", "没有内容");
    evidence.signable = signable;
    return { attempts: attempts, head: previous, drawnHead: drawnHead };
  }

  // A payload of null is sealed or absent: only the event is compared.
  function follow(lines, wanted) {
    insist(lines.length === wanted.length, "TRAIL", "事件多出或缺少");
    lines.forEach(function (line, n) {
      insist(line.event === wanted[n][0], "TRAIL", "事件次序不对：" + line.event);
      insist(wanted[n][1] === null || line.payload === wanted[n][1], "TRAIL", line.event + "的内容指纹不符");
    });
  }

  function linesOf(evidence, event, name) {
    if (!evidence.has(name)) { return []; }
    return evidence.lines(name).map(function (line) { return [event, digest(line + "\n")]; });
  }

  function beginning(evidence, prefix, freeze) {
    var wanted = [["freeze", freeze]];
    if (evidence.has(prefix + "ROOT")) { wanted.push(["root", sha(evidence.bytes(prefix + "ROOT"))]); }
    wanted = wanted.concat(linesOf(evidence, "commit", prefix + "COMMITS"), linesOf(evidence, "reveal", prefix + "REVEALS"));
    if (evidence.has(prefix + "SEED")) { wanted.push(["seed", sha(evidence.bytes(prefix + "SEED"))]); }
    return wanted;
  }

  function moments(lines, given, sources) {
    lines.filter(function (line) { return line.event === "reveal"; }).forEach(function (line, n) {
      var own = sources.get(given[n]);
      insist(own === undefined || line.at >= own, "TRAIL", given[n] + "在约定时刻之前公布");
      sources.keys.forEach(function (kind) {
        insist(own !== undefined || line.at < sources.get(kind), "TRAIL", given[n] + "的揭示不早于公共随机源");
      });
    });
  }

  function Records(evidence) {
    this.evidence = evidence;
    this.isAbsent = Object.keys(evidence.files).every(function (name) { return name !== "RECORDS" && name.indexOf("void/") !== 0; });
    this.lines = this.isAbsent ? [] : evidence.lines("RECORDS");
    this.used = 0;
  }

  Records.prototype.next = function () {
    this.used += 1;
    if (this.isAbsent) { return null; }
    insist(this.used <= this.lines.length, "RECORDS", "缺少记录");
    var line = this.lines[this.used - 1], record = null;
    this.latest = null;
    try { record = JSON.parse(line); } catch (ignore) { /* refused below */ }
    insist(record !== null && typeof record === "object" && !Array.isArray(record) && hasSortedKeys(line), "RECORDS",
      "第" + this.used + "行不是键已排序的JSON");
    this.latest = record;
    return digest(line + "\n");
  };

  function hasSortedKeys(json) {
    var open = [], tokens = json.match(/"(?:[^"\\]|\\.)*"|[{}\[\]:,]/g) || [], isSorted = true;
    tokens.forEach(function (token, n) {
      if (token === "{" || token === "[") { open.push(null); }
      else if (token === "}" || token === "]") { open.pop(); }
      else if (token.charAt(0) === "\"" && tokens[n + 1] === ":") {
        var key = JSON.parse(token), last = open[open.length - 1];
        if (last !== null && last >= key) { isSorted = false; }
        open[open.length - 1] = key;
      }
    });
    return isSorted;
  }

  /* Section 9: what the witnesses say of their replays */

  // What a replay gives in which everything held. Lines: the drawn list, task, item and id. What follows the draw leaves it as it is.
  function replayDigest(serial, c, drawnHead, list) {
    return digest(["ov1/replay", c, serial, drawnHead, digest(list), ""].join("\n"));
  }

  // Takes the digest of one witness; `said` collects them in order.
  function takeDigest(file, wanted, witnesses, said, who, value) {
    insist(typeof who === "string" && witnesses.get(who) && said.indexOf(who) < 0, file, "复算摘要不是见证人的，或重复：" + who);
    insist(value === wanted, file, "复算摘要与重算结果不一致：" + who);
    said.push(who);
  }

  function recorded(state) {
    var record = state.records.latest;
    if (record && record.kind === "replayed") {
      takeDigest("RECORDS", state.digest, state.made.witnesses, state.said, record.witness, record.digest);
    }
  }

  function whoReplayed(witnesses, said) {
    var missing = witnesses.keys.filter(function (who) { return said.indexOf(who) < 0; });
    return "已登记复算摘要：" + (said.join("、") || "无") + "；尚未登记：" + (missing.join("、") || "无");
  }

  function publicReplays(report, evidence, promised, chain, c) {
    var said = [], chained = {}, wanted;
    evidence.table("listed.tsv", [CODE, CODE, ID]);
    insist(chain.drawnHead !== null, "TRAIL", "没有抽取结果，不应有复算摘要");
    chain.attempts[chain.attempts.length - 1].forEach(function (line) { chained[line.event + line.payload] = true; });
    wanted = replayDigest(report.serial, c, chain.drawnHead, evidence.text("listed.tsv"));
    evidence.rows("REPLAYS", [NAME, HEX]).forEach(function (row) {
      takeDigest("REPLAYS", wanted, promised, said, row[0], row[1]);
      var record = digest('{"digest": "' + row[1] + '", "kind": "replayed", "witness": "' + row[0] + '"}\n');
      insist(chained["plan" + record], "REPLAYS", "不在留痕中：" + row[0]);
    });
    if (!said.length) { evidence.inPart("listed.tsv", "尚无见证人的复算摘要"); }
    return whoReplayed(promised, said);
  }

  /* The whole of it, step by step */

  function Report(evidence) { this.evidence = evidence; this.steps = []; this.notes = []; }

  Report.prototype.step = function (title, work) {
    var step = { title: title, state: "不成立", text: "" };
    this.steps.push(step);
    step.text = work() || "";
    step.state = "成立";
  };

  var TITLES = {
    frozen: "冻结的文件", root: "名录根", commits: "见证人的承诺", reveals: "揭示与承诺", seed: "种子", drawn: "抽中清单",
    batches: "检查批次", substitutes: "递补", trail: "全程留痕", replays: "见证人的复算摘要", head: "留痕链首"
  };

  function replay(report, evidence) {
    var state = { serial: evidence.single("DRAW", SERIAL), codes: [] };
    report.serial = state.serial;
    report.step(TITLES.frozen, function () {
      state.c = manifest(evidence);
      if (evidence.has("COMMITMENT")) { evidence.equals("COMMITMENT", state.c + "\n"); }
      state.made = frozen(evidence);
      evidence.isWitnessed = !state.made.settings.isOpen;
      if (!evidence.hasFrozenPeople) { report.notes.push("人员名单没有一并冻结"); }
      if (evidence.sealed.length) {
        insist(state.made.settings.isOpen, evidence.sealed[0], "缺少文件");
        report.notes.push(evidence.sealed.join("、") + "封存，未出示");
      }
      return "C = " + state.c + "，名录" + state.made.objects.keys.length + "户";
    });
    var chain = trail(evidence);
    state.head = chain.head;
    state.drawnHead = chain.drawnHead;
    state.attempts = chain.attempts;
    state.last = chain.attempts[chain.attempts.length - 1];
    insist(state.attempts.length === Number(state.serial.split("-")[3]), "TRAIL", "次数与场次编号不符");
    state.isVoid = state.last.some(function (line) { return line.event === "void"; });
    report.step(TITLES.root, function () {
      if (!state.isVoid || evidence.has("ROOT")) { evidence.equals("ROOT", rootOf(state.made.leaves) + "\n"); }
    });
    state.records = new Records(evidence);
    if (state.isVoid) { replayVoid(report, evidence, state); } else { replayDrawn(report, evidence, state); }
    if (state.records.isAbsent && state.records.used) {
      report.notes.push(state.records.used + "项记录不在文件夹中，只核对了它们在留痕中的位置");
    }
    insist(state.records.isAbsent || state.records.used === state.records.lines.length, "RECORDS", "有多余的记录");
    return state.head;
  }

  function replayDrawn(report, evidence, state) {
    var made = state.made, drawn, parties = made.witnesses.keys.concat(made.sources.keys);
    report.step(TITLES.commits, function () { state.commits = commits(evidence, "COMMITS", made.witnesses, false); });
    report.step(TITLES.reveals, function () {
      var given = reveals(evidence, "REVEALS", state.serial, state.c, state.commits);
      insist(given.join(" ") === parties.join(" "), "REVEALS", "揭示缺少、多出或次序不对");
    });
    report.step(TITLES.seed, function () {
      state.seed = seedOf(evidence, state.serial, state.c);
      evidence.equals("SEED", state.seed + "\n");
      return state.seed;
    });
    report.step(TITLES.drawn, function () {
      drawn = drawAll(made, state.seed);
      evidence.equals("drawn.tsv", fileOf(drawn.map(function (one) { return one.where + "\t" + one.id + "\t" + one.ticket; })));
      return drawn.length + "项次";
    });
    report.step(TITLES.batches, function () { evidence.equals("batches.tsv", fileOf(batchLines(made, state.seed, drawn))); });
    report.step(TITLES.substitutes, function () {
      state.codes = codes(evidence, made.chains, made.settings.substitutes);
      state.taken = substituteLines(made, state.seed, drawn, state.codes).sort();
      if (state.taken.length || evidence.has("substitutes.tsv")) { evidence.equals("substitutes.tsv", fileOf(state.taken.slice())); }
      return state.codes.length + "次";
    });
    report.step(TITLES.trail, function () {
      earlier(evidence, state);
      var wanted = beginning(evidence, "", state.c);
      wanted.push(["drawn", sha(evidence.bytes("drawn.tsv"))], ["batches", sha(evidence.bytes("batches.tsv"))]);
      follow(state.last.slice(0, wanted.length), wanted);
      moments(state.last, parties, made.sources);
      state.said = [];
      state.digest = replayDigest(state.serial, state.c, state.drawnHead, fileOf(drawn.map(function (one) {
        return one.where.replace(/\t[^\t]*$/, "") + "\t" + one.id;
      })));
      closing(state, state.last.slice(wanted.length));
    });
    report.digest = state.digest;
    if (state.said.length) { report.notes.push(whoReplayed(made.witnesses, state.said)); }
  }

  function closing(state, lines) {
    var used = 0;
    lines.forEach(function (line) {
      if (line.event === "substitute") {
        insist(used < state.codes.length, "TRAIL", "递补事件多出");
        var row = state.codes[used], own = state.taken.filter(function (text) { return text.split("\t")[0] === row[0]; });
        follow([line], [["substitute", digest([row.join("\t")].concat(own, "").join("\n"))]]);
        used += 1;
      } else {
        insist(line.event === "recusal" || line.event === "plan", "TRAIL", "事件次序不对：" + line.event);
        var payload = state.records.next();
        recorded(state);
        follow([line], [[line.event, payload]]);
      }
    });
    insist(used === state.codes.length, "TRAIL", "缺少递补事件");
  }

  function earlier(evidence, state) {
    var stem = state.serial.replace(/[0-9]+$/, "");
    state.attempts.slice(0, -1).forEach(function (lines, n) {
      var prefix = "void/" + stem + (n + 1) + "/", record = state.records.next();
      if (state.records.isAbsent) {
        var order = lines.map(function (line) { return line.event; }).join(" ");
        insist(/^freeze( root( commit)*( reveal)*( seed)?)? void$/.test(order), "TRAIL", "作废的一次事件次序不对");
        return;
      }
      var c = sha(evidence.bytes(prefix + "MANIFEST")), promised = new Index();
      follow(lines, beginning(evidence, prefix, c).concat([["void", record]]));
      if (evidence.has(prefix + "COMMITS")) {
        evidence.rows(prefix + "COMMITS", [NAME, HEX]).forEach(function (row) { promised.put(row[0], row[1]); });
      }
      if (evidence.has(prefix + "REVEALS")) { reveals(evidence, prefix + "REVEALS", stem + (n + 1), c, promised); }
    });
  }

  function replayVoid(report, evidence, state) {
    var made = state.made, given = [];
    report.step(TITLES.commits, function () {
      if (evidence.has("COMMITS")) { state.commits = commits(evidence, "COMMITS", made.witnesses, !evidence.has("REVEALS")); }
    });
    report.step(TITLES.reveals, function () {
      if (state.commits && evidence.has("REVEALS")) { given = reveals(evidence, "REVEALS", state.serial, state.c, state.commits); }
      given.forEach(function (who) { insist(made.witnesses.get(who) || made.sources.get(who), "REVEALS", "多出的揭示：" + who); });
    });
    report.step(TITLES.trail, function () {
      earlier(evidence, state);
      follow(state.last, beginning(evidence, "", state.c).concat([["void", state.records.next()]]));
      moments(state.last, given, made.sources);
      ["drawn.tsv", "batches.tsv", "substitutes.tsv", "CODES"].forEach(function (name) {
        insist(!evidence.has(name), name, "作废的抽取不应有此文件");
      });
    });
    bindSerial(evidence, given.some(function (who) { return made.witnesses.get(who); }));
    report.notes.push("本次抽取作废，没有抽出任何对象");
  }

  function bindSerial(evidence, hasReveals) {
    if (!hasReveals) { evidence.inPart("DRAW", "没有揭示，编号未被锁定"); }
  }

  function publicPart(report, evidence) {
    var serial = evidence.single("DRAW", SERIAL), c = evidence.single("COMMITMENT", HEX);
    var promised = new Index(), chains = new Index(), chain, last, wanted, given = [];
    report.serial = serial;
    report.notes.push("名录、计划与抽中清单封存，由见证人核对");
    report.step(TITLES.commits, function () {
      evidence.single("ROOT", HEX);
      evidence.table("COMMITS", [NAME, HEX]).forEach(function (row) { promised.put(row[0], row[1]); });
      evidence.table("chains.tsv", [NAME, HEX]).forEach(function (row) {
        chains.put(row[0], row[1]);
        insist(promised.get(row[0]), "chains.tsv", "持链人不是见证人");
      });
      return "C = " + c;
    });
    if (!evidence.has("TRAIL")) {
      Object.keys(evidence.checked).forEach(function (name) { evidence.inPart(name, "只核对了格式"); });
      report.notes.push("时间锁未到，只有承诺可核");
      return null;
    }
    chain = trail(evidence);
    last = chain.attempts[chain.attempts.length - 1];
    report.step(TITLES.reveals, function () {
      if (evidence.has("REVEALS")) { given = reveals(evidence, "REVEALS", serial, c, promised); }
    });
    report.step(TITLES.seed, function () {
      if (!evidence.has("SEED")) { return "没有种子"; }
      var first = given.slice(0, promised.keys.length);
      insist(first.join(" ") === promised.keys.join(" ") && given.length > first.length, "REVEALS", "揭示缺少、多出或次序不对");
      evidence.equals("SEED", seedOf(evidence, serial, c) + "\n");
    });
    report.step(TITLES.substitutes, function () {
      var shown = codes(evidence, chains, LIMIT);
      if (!shown.length) { evidence.inPart("chains.tsv", "由封存的清单和日后的揭示码锁定"); }
      else { evidence.inPart("CODES", "码在链上；退出对象由封存的递补清单锁定"); }
      report.codeCount = shown.length;
    });
    report.step(TITLES.trail, function () {
      if (!evidence.has("ROOT")) { refuse("ROOT", "缺少文件"); }
      wanted = beginning(evidence, "", c);
      follow(last.slice(0, wanted.length), wanted);
      var rest = last.slice(wanted.length).map(function (line) { return line.event; }).join(" ");
      insist(/^(?:void|drawn batches(?: (?:substitute|recusal|plan))*)$/.test(rest), "TRAIL", "事件次序不对");
      insist(rest.split("substitute").length - 1 === report.codeCount, "TRAIL", "递补事件与揭示码不符");
    });
    if (evidence.has("REPLAYS")) {
      report.step(TITLES.replays, function () { return publicReplays(report, evidence, promised, chain, c); });
    }
    bindSerial(evidence, given.some(function (who) { return promised.get(who); }));
    return chain.head;
  }

  function verify(files, head) {
    var evidence = new Evidence(files), report = new Report(evidence), failure = null, found = null;
    try {
      found = evidence.has("MANIFEST") ? replay(report, evidence) : publicPart(report, evidence);
      if (found !== null) {
        report.step(TITLES.head, function () {
          if (evidence.has("HEAD")) { evidence.equals("HEAD", found + "\n"); }
          var place = head ? evidence.signable.indexOf(head) : 0, later = head ? evidence.signable.length - place - 1 : 0;
          insist(place >= 0, "TRAIL", "链首与签字笔录不符：" + found);
          if (later) { report.notes.push("笔录签字以后又续记" + later + "行"); }
          if ((later || !head) && !evidence.has("HEAD")) { evidence.inPart("TRAIL", "最后一行由签字笔录上的链首锁定"); }
          return found;
        });
      }
    } catch (error) {
      if (!(error instanceof Refusal)) { throw error; }
      failure = error;
    }
    return answer(report, evidence, failure);
  }

  function answer(report, evidence, failure) {
    if (failure) {
      var last = report.steps[report.steps.length - 1];
      if (!last || last.state === "成立") { report.steps.push({ title: "文件和留痕", state: "不成立", text: "" }); last = report.steps[report.steps.length - 1]; }
      last.text = failure.file + "：" + failure.reason;
    }
    return {
      serial: report.serial || "", holds: !failure, digest: failure ? "" : report.digest || "",
      isWitnessed: evidence.isWitnessed === true, file: failure ? failure.file : "",
      reason: failure ? failure.file + "：" + failure.reason : "", steps: report.steps, notes: report.notes,
      checked: Object.keys(evidence.checked).sort(), partly: evidence.partly,
      unchecked: Object.keys(evidence.files).filter(function (name) { return !evidence.checked[name] && !evidence.partly[name]; }).sort()
    };
  }

  /* Membership in the list */

  function checkProof(bytes, root, id) {
    try {
      return { holds: true, reason: "", isListed: membership(bytes, root, id) };
    } catch (error) {
      if (!(error instanceof Refusal)) { throw error; }
      return { holds: false, reason: error.reason, isListed: false };
    }
  }

  function membership(bytes, root, id) {
    var proof = proofOf(bytes), leaves = proof.leaves;
    insist(HEX.test(root), "ROOT", "名录根应为64位十六进制");
    insist(proof.id === id, "证明", "证明的是" + proof.id + "，不是" + id);
    leaves.forEach(function (leaf) {
      var hash = leafHash(leaf.id + "\t" + leaf.seal);
      leaf.path.forEach(function (step) {
        hash = step.charAt(0) === "L" ? node(step.slice(1), hash) : node(hash, step.slice(1));
      });
      insist(hash === root, "证明", "不能推出公布的名录根");
    });
    if (leaves.length === 1 && leaves[0].id === id) { return true; }
    insist(leaves.length ? areNeighbours(leaves, id) : root === sha([]), "证明", "出示的不是相邻的两户");
    return false;
  }

  function proofOf(bytes) {
    var text = decode(bytes), proof = null, clean = null;
    try {
      proof = JSON.parse(text);
      clean = {
        algorithm: "ov1", id: proof.id,
        leaves: proof.leaves.map(function (leaf) { return { id: leaf.id, path: leaf.path.slice(), seal: leaf.seal }; })
      };
    } catch (ignore) { clean = null; }
    var isSound = clean !== null && JSON.stringify(clean) + "\n" === text && ID.test(clean.id) && clean.leaves.every(function (leaf) {
      return ID.test(leaf.id) && HEX.test(leaf.seal) && leaf.path.every(function (step) { return /^[LR][0-9a-f]{64}$/.test(step); });
    });
    insist(isSound, "证明", "不是一份格式正确的证明");
    return clean;
  }

  function areNeighbours(leaves, id) {
    function sides(path) { return path.map(function (step) { return step.charAt(0); }).join(""); }
    if (leaves.length === 1) {
      return (id < leaves[0].id && sides(leaves[0].path).indexOf("L") < 0) || (leaves[0].id < id && sides(leaves[0].path).indexOf("R") < 0);
    }
    if (leaves.length !== 2 || leaves[0].id >= id || id >= leaves[1].id) { return false; }
    var left = leaves[0].path.slice(), right = leaves[1].path.slice();
    while (left.length && right.length && left[left.length - 1] === right[right.length - 1]) { left.pop(); right.pop(); }
    return /^L*R$/.test(sides(left)) && /^R*L$/.test(sides(right));
  }

  /* A zip file with stored entries, as the site publishes it */

  function unzip(bytes) {
    function at(offset, size) {
      var value = 0;
      for (var i = size - 1; i >= 0; i -= 1) { value = value * 256 + bytes[offset + i]; }
      return value;
    }
    var end = bytes.length - 22, files = {};
    while (end >= 0 && at(end, 4) !== 0x06054b50) { end -= 1; }
    insist(end >= 0, "压缩包", "不是zip文件");
    for (var n = at(end + 10, 2), entry = at(end + 16, 4); n > 0; n -= 1) {
      insist(at(entry, 4) === 0x02014b50, "压缩包", "目录损坏");
      var size = at(entry + 24, 4), nameSize = at(entry + 28, 2), local = at(entry + 42, 4);
      var name = decode(bytes.subarray(entry + 46, entry + 46 + nameSize));
      var start = local + 30 + at(local + 26, 2) + at(local + 28, 2);
      insist(at(entry + 10, 2) === 0 && at(entry + 20, 4) === size, "压缩包", "含有压缩过的文件，请解压后选择文件夹");
      insist(name !== null && start + size <= bytes.length && !Object.prototype.hasOwnProperty.call(files, name), "压缩包", "目录损坏");
      if (name.charAt(name.length - 1) !== "/") { files[name] = bytes.subarray(start, start + size); }
      entry += 46 + nameSize + at(entry + 30, 2) + at(entry + 32, 2);
    }
    return files;
  }

  return { verify: verify, checkProof: checkProof, unzip: unzip, sha256: sha, encode: encode, Refusal: Refusal };
}());
if (typeof module !== "undefined") { module.exports = OV1; }
