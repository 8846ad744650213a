/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the suite that compares the evaluation of CEL rules with a real server:
 *   cel-tool schema                    the schema of "self", as JSON
 *   cel-tool generate SEED RULES N     {"rules": [...], "objects": [...]}, from the seed alone
 *   cel-tool texts SEED RULES N        the same for expressions that give texts, in hexadecimal
 *   cel-tool evaluate <FILE            FILE with "verdicts": one list for each object, by rule
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/yaml.h"
#include "engine/judge/cel/cel.h"

static uint64_t state;

static void die(const char *text)
{
	fprintf(stderr, "cel-tool: %s\n", text);
	exit(2);
}

static void put(const json_t *value)
{
	buf_auto text = { 0 };

	json_write(&text, value, JSON_STYLE_INDENT);
	puts(buf_str(&text));
}

static json_t *load_schema(void)
{
	const char *tests = getenv("TESTS_DIR");
	char_auto *path = xasprintf("%s/unit/data/cel/base.yaml", tests ? tests : "tests");
	buf_auto text = { 0 };
	err_auto e = { 0 };
	json_t *documents = NULL, *schema;

	if (buf_read_file(&text, path, YAML_MAX_BYTES, &e) == 0)
		documents = yaml_load(path, buf_str(&text), text.len, &e);
	if (!documents)
		die(e.msg);
	schema = json_incref(json_array_get(documents, 0));
	json_decref(documents);
	return schema;
}

static unsigned below(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)((state >> 11) % n);
}

/* The grammar: a row is a type and a text. In the text, $X stands for an expression of type X. */
static const struct {
	char type;
	const char *text;
} grammar[] = {
	/* bool */
	{ 'b', "true" }, { 'b', "self.b" }, { 'b', "has(self.i)" }, { 'b', "has(self.s)" },
	{ 'b', "has(self.o) && has(self.o.x)" }, { 'b', "has(self.o.y__dash__z)" },
	{ 'b', "has(self.nul)" }, { 'b', "has(self.u)" }, { 'b', "$b && $b" }, { 'b', "$b || $b" },
	{ 'b', "!$B" }, { 'b', "$i < $i" }, { 'b', "$i == $i" }, { 'b', "$i >= $d" },
	{ 'b', "$d != $d" }, { 'b', "$d <= $d" }, { 'b', "$s == $s" }, { 'b', "$s < $s" },
	{ 'b', "$S.contains($s)" }, { 'b', "$S.startsWith($s)" }, { 'b', "$S.endsWith($s)" },
	{ 'b', "$S.matches('^[a-z0-9]+$')" }, { 'b', "$S.matches('(a|b)*c?')" },
	{ 'b', "$L.all(x$#, x$# > $i)" }, { 'b', "$L.exists(x$#, x$# == $i)" },
	{ 'b', "$L.exists_one(x$#, x$# % $i == 0)" }, { 'b', "$M.all(x$#, x$#.size() < $i)" },
	{ 'b', "$M.exists(x$#, x$# == $s)" }, { 'b', "$i in $l" }, { 'b', "$s in $m" },
	{ 'b', "$l == $l" }, { 'b', "$m == $m" }, { 'b', "$m != $m" }, { 'b', "$L.isSorted()" },
	{ 'b', "self.u == $s" }, { 'b', "self.u == $i" }, { 'b', "self.u > $i" },
	{ 'b', "type(self.u) == int" }, { 'b', "type(self.u) == string && $S.size() > 1" },
	{ 'b', "self.u in [1, 6, 80]" }, { 'b', "self.u.startsWith($s)" }, { 'b', "isIP($s)" },
	{ 'b', "isCIDR($s)" }, { 'b', "ip($s).isLoopback()" }, { 'b', "ip($s).isGlobalUnicast()" },
	{ 'b', "ip($s) == ip($s)" }, { 'b', "cidr($s).containsIP($s)" },
	{ 'b', "cidr($s).containsCIDR($s)" }, { 'b', "cidr($s) == cidr($s).masked()" },
	{ 'b', "ip.isCanonical($s)" }, { 'b', "self.lo.exists(x$#, x$#.k == $s)" },
	{ 'b', "self.lo.all(x$#, has(x$#.v) && x$#.v > $i)" }, { 'b', "self.lo == self.lo" },
	{ 'b', "self.p.exists(x$#, self.p[x$#] > $i)" }, { 'b', "$s in self.p" },
	{ 'b', "bool($s)" }, { 'b', "$b ? $b : $b" }, { 'b', "self.w > timestamp($s)" },
	{ 'b', "self.w == timestamp('2024-02-29T23:59:59Z')" }, { 'b', "$v < $v" },
	{ 'b', "$v == $v" }, { 'b', "self.?o.?x.orValue($i) > $i" },
	{ 'b', "self.?s.hasValue()" }, { 'b', "optional.of($i) == optional.of($i)" },
	{ 'b', "sets.contains($l, $l)" }, { 'b', "sets.intersects($m, $m)" },
	{ 'b', "sets.equivalent($l, $l)" }, { 'b', "self.o == self.o" },
	{ 'b', "bytes($s) == self.by" }, { 'b', "size(self.by) == $i" }, { 'b', "isQuantity($s)" },
	{ 'b', "$q.isGreaterThan($q)" }, { 'b', "$q.isLessThan($q)" }, { 'b', "$q == $q" },
	{ 'b', "$q.isInteger()" }, { 'b', "isURL($s)" }, { 'b', "$r == $r" },
	{ 'b', "$s in $r.getQuery()" }, { 'b', "isSemver($s)" }, { 'b', "isSemver($s, true)" },
	{ 'b', "$z.isLessThan($z)" }, { 'b', "$z.isGreaterThan($z)" }, { 'b', "$z == $z" },
	{ 'b', "$f.validate($s).hasValue()" }, { 'b', "!$f.validate($s).hasValue()" },
	{ 'b', "format.named($s).hasValue()" }, { 'b', "$L.all(i$#, x$#, x$# >= i$#)" },
	{ 'b', "$L.exists(i$#, x$#, x$# == i$#)" }, { 'b', "$M.existsOne(i$#, x$#, i$# > $i)" },
	{ 'b', "self.p.all(k$#, x$#, x$# > k$#.size())" },
	{ 'b', "self.p.transformMap(k$#, x$#, x$# + 1) == {'a': $i}" },
	{ 'b', "$L.first().hasValue()" }, { 'b', "$M.last().orValue($s) == $s" },
	{ 'b', "type($q) == type($q)" },
	{ 'b', "self.?nul.optMap(x$#, x$#.size()).orValue(0) > $i" },
	/* int */
	{ 'i', "0" }, { 'i', "1" }, { 'i', "-1" }, { 'i', "7" }, { 'i', "9223372036854775807" },
	{ 'i', "self.i" }, { 'i', "self.i" }, { 'i', "self.j" }, { 'i', "self.o.x" },
	{ 'i', "self['i']" }, { 'i', "($i + $i)" }, { 'i', "($i - $i)" }, { 'i', "($i * $i)" },
	{ 'i', "($i / $i)" }, { 'i', "($i % $i)" }, { 'i', "-($i)" }, { 'i', "size($s)" },
	{ 'i', "$L.size()" }, { 'i', "$S.size()" }, { 'i', "$L[$i]" }, { 'i', "self.p[$s]" },
	{ 'i', "int($s)" }, { 'i', "int($d)" }, { 'i', "$L.sum()" }, { 'i', "$L.max()" },
	{ 'i', "$L.min()" }, { 'i', "$S.indexOf($s)" }, { 'i', "$S.lastIndexOf($s)" },
	{ 'i', "$L.indexOf($i)" }, { 'i', "($b ? $i : $i)" }, { 'i', "self.p.a" },
	{ 'i', "self.w.getFullYear()" }, { 'i', "self.w.getDayOfYear()" },
	{ 'i', "self.w.getHours('+02:00')" }, { 'i', "self.w.getDayOfWeek()" },
	{ 'i', "$v.getMinutes()" }, { 'i', "int(self.w)" }, { 'i', "ip($s).family()" },
	{ 'i', "cidr($s).prefixLength()" }, { 'i', "cidr($s).ip().family()" },
	{ 'i', "self.?li[$i].orValue($i)" }, { 'i', "[1, 2, 3][$i]" },
	{ 'i', "{'a': 1, 'b': 2}[$s]" },
	{ 'i', "$S.split(',').size()" }, { 'i', "$S.indexOf($s, $i)" },
	{ 'i', "self.lo.filter(x$#, x$#.v > $i).size()" },
	{ 'i', "$q.compareTo($q)" }, { 'i', "sign($q)" }, { 'i', "$q.asInteger()" },
	{ 'i', "$z.major()" }, { 'i', "$z.minor()" }, { 'i', "$z.patch()" },
	{ 'i', "$z.compareTo($z)" }, { 'i', "$L.last().value()" },
	/* double */
	{ 'd', "0.5" }, { 'd', "1.0" }, { 'd', "1e100" }, { 'd', "self.d" }, { 'd', "self.d" },
	{ 'd', "($d + $d)" }, { 'd', "($d * $d)" }, { 'd', "($d / $d)" }, { 'd', "double($i)" },
	{ 'd', "double($s)" }, { 'd', "-($d)" }, { 'd', "$q.asApproximateFloat()" },
	/* string */
	{ 's', "''" }, { 's', "'a'" }, { 's', "'abc'" }, { 's', "\"\\u00e4b\"" }, { 's', "r'\\d'" },
	{ 's', "'10.0.0.0/8'" }, { 's', "'127.0.0.1'" }, { 's', "'fd00::1'" }, { 's', "self.s" },
	{ 's', "self.s" }, { 's', "self.s" }, { 's', "self.t" }, { 's', "self.o.y__dash__z" },
	{ 's', "self.nul" }, { 's', "($s + $s)" }, { 's', "string($i)" }, { 's', "string($d)" },
	{ 's', "string($b)" }, { 's', "$S.lowerAscii()" }, { 's', "$S.upperAscii()" },
	{ 's', "$S.trim()" }, { 's', "$S.replace($s, $s)" }, { 's', "$S.replace($s, $s, $i)" },
	{ 's', "$S.substring($i)" }, { 's', "$S.substring($i, $i)" }, { 's', "$S.charAt($i)" },
	{ 's', "$M.join(',')" }, { 's', "$M[$i]" }, { 's', "($b ? $s : $s)" },
	{ 's', "string(self.u)" }, { 's', "string(self.w)" }, { 's', "string($v)" },
	{ 's', "string(self.by)" }, { 's', "string(ip($s))" }, { 's', "string(cidr($s).masked())" },
	{ 's', "self.lo[$i].k" }, { 's', "strings.quote($s)" }, { 's', "'%s-%d'.format([$s, $i])" },
	{ 's', "'%s %x'.format([$l, $i])" }, { 's', "$S.find('[a-z]+')" },
	{ 's', "'%s'.format([$m])" }, { 's', "'%s %s'.format([{$s: $d}, self.lo])" },
	{ 's', "'%.2f %f'.format([$d, $d])" }, { 's', "'%e %.16e'.format([$d, $d])" },
	{ 's', "'%X %x %b'.format([$s, self.by, $b])" }, { 's', "'%o %b'.format([$i, $i])" },
	{ 's', "'%s %s %s'.format([self.w, $v, self.u])" }, { 's', "'%s'.format([[self.w, $v]])" },
	{ 's', "'%s %s'.format([self.o, [$b, null]])" }, { 's', "$S.format([$s, $i, $d])" },
	{ 's', "'%s %s'.format([self.p, type($s)])" }, { 's', "'%s'.format([[self.by, $d]])" },
	{ 's', "$r.getScheme()" }, { 's', "$r.getHost()" }, { 's', "$r.getHostname()" },
	{ 's', "$r.getPort()" }, { 's', "$r.getEscapedPath()" },
	/* lists of int and of string */
	{ 'l', "[]" }, { 'l', "[$i, $i]" }, { 'l', "self.li" }, { 'l', "self.li" },
	{ 'l', "($l + $l)" }, { 'l', "$L.filter(x$#, x$# > $i)" }, { 'l', "$L.map(x$#, x$# + $i)" },
	{ 'l', "$L.map(x$#, x$# > 0, x$# * 2)" }, { 'm', "['a', $s]" }, { 'm', "self.ls" },
	{ 'm', "self.ls" }, { 'm', "(self.ls + [$s])" }, { 'm', "$S.split($s)" },
	{ 'm', "$M.map(x$#, x$# + $s)" }, { 'm', "$S.findAll('[0-9]')" },
	{ 'm', "$S.split(',', $i)" },
	{ 'm', "$r.getQuery()['e']" },
	{ 'm', "$M.transformList(i$#, x$#, i$# > 0, x$# + $s)" },
	{ 'l', "[optional.of($i), optional.none()].unwrapOpt()" },
	/* quantities, URLs, versions, named formats */
	{ 'q', "quantity($s)" }, { 'q', "quantity('1.5Gi')" }, { 'q', "quantity('100m')" },
	{ 'q', "quantity('99999999999999999999Pi')" }, { 'q', "quantity('12e3')" },
	{ 'q', "quantity('0.00000000012')" }, { 'q', "quantity('-5k')" },
	{ 'q', "quantity('2Ti')" },
	{ 'q', "quantity('1E')" }, { 'q', "$q.add($q)" }, { 'q', "$q.sub($q)" },
	{ 'q', "$q.add($i)" }, { 'q', "$q.sub($i)" },
	{ 'r', "url($s)" }, { 'r', "url('https://u:p@a.b:80/c d?e=f&g=%20h+i&e=#j k')" },
	{ 'r', "url('/x/%41%2f?e')" }, { 'r', "url('HTTP://a.b')" }, { 'r', "url('mailto:a?e=1')" },
	{ 'z', "semver($s)" }, { 'z', "semver('1.2.3-a.1+b')" }, { 'z', "semver('1.2.3-a.b')" },
	{ 'z', "semver($s, true)" }, { 'z', "semver('1.10.0')" }, { 'z', "semver('v1.02', true)" },
	{ 'f', "format.dns1123Label()" }, { 'f', "format.dns1123LabelPrefix()" },
	{ 'f', "format.dns1123Subdomain()" }, { 'f', "format.dns1123SubdomainPrefix()" },
	{ 'f', "format.dns1035Label()" }, { 'f', "format.dns1035LabelPrefix()" },
	{ 'f', "format.qualifiedName()" }, { 'f', "format.labelValue()" }, { 'f', "format.uri()" },
	{ 'f', "format.uuid()" }, { 'f', "format.byte()" }, { 'f', "format.date()" },
	{ 'f', "format.datetime()" }, { 'f', "format.named($s).value()" },
	/* durations */
	{ 'v', "self.v" }, { 'v', "duration($s)" }, { 'v', "duration('1h30m')" },
	{ 'v', "($v + $v)" },
	{ 'v', "(self.w - timestamp('2024-01-01T00:00:00Z'))" },
};

/* A capital letter is the same type, in places that need a short expression. */
static void make(struct buf *out, char type, int depth)
{
	bool shorter = type >= 'A' && type <= 'Z';
	static unsigned variable;
	const char *text = NULL;

	if (shorter)
		type = (char)(type - 'A' + 'a');
	while (!text) {
		size_t i = below(ARRAY_LEN(grammar));
		bool leaf = !strchr(grammar[i].text, '$');

		if (grammar[i].type == type && (leaf || (depth > 0 && (!shorter || below(4) == 0))))
			text = grammar[i].text;
	}
	unsigned own = variable++;

	if (shorter)
		buf_putc(out, '(');
	for (; *text; text++) {
		if (*text != '$' || !text[1] || strchr("')", text[1]))
			buf_putc(out, *text);
		else if (*++text == '#')
			buf_printf(out, "%u", own);
		else
			make(out, *text, depth - 1);
	}
	if (shorter)
		buf_putc(out, ')');
}

/* Makes a value at the limits of its type, or null. */
static json_t *make_value(const json_t *schema)
{
	static const char *const strings[] = { "", "a", "abc", "b,c",
		"\303\244b\303\266", "1", "-7",
		"2.50", "1e3", "true", "10.0.0.0/8", "10.1.2.3", "fd00::/8", "fd00::1",
		"10.0.0.1/24",
		"::ffff:1.2.3.4", "010.0.0.1", "1h30m", "-5ms", "1d", "100Mi", "1.5", "0.5k",
		"2024-02-29T23:59:59Z", "http://a.b:80/c?d=e", " x ", "A-b",
		"9223372036854775808", "1.2.3", "v1.02", "1.0.0-rc.1+b", "/a/%20b?e=c", "%s|%d",
		"%.1f%%", "a-b.c-", "example.io/Name_1", "uuid", "e", "1Mi", "12e3", "2024-02-29",
		"https://[::1]:80/x%20y?e=%zz&e=2#z", "123e4567-e89b-12d3-a456-426614174000",
		"tab\there \"q\" \302\240 \360\237\230\200" };
	static const json_int_t integers[] = { 0, 1, -1, 2, 5, 7, 80, 4096,
		9007199254740991, -9007199254740991 };
	static const double doubles[] = { 0.5, 1.5, -2.25, 1e21, 123456789.125, 1e-7, 0.1 };
	static const char *const times[] = { "2024-02-29T23:59:59Z", "1969-12-31T23:59:59.5Z",
		"2024-06-01T12:00:00+02:00" };
	static const char *const durations[] = { "1h30m", "5s", "0s", "100ms", "1m0.5s" };
	static const char *const bytes[] = { "YQ==", "YWJj", "w6Q=" };
	const char *type = json_str(schema, "type"), *format = json_str(schema, "format");

	if (format && strcmp(format, "date-time") == 0)
		return json_string(times[below(ARRAY_LEN(times))]);
	if (format && strcmp(format, "duration") == 0)
		return json_string(durations[below(ARRAY_LEN(durations))]);
	if (format && strcmp(format, "byte") == 0)
		return json_string(bytes[below(ARRAY_LEN(bytes))]);
	if (!type && below(2))
		return json_integer(integers[below(7)]);
	if (!type || strcmp(type, "string") == 0)
		return json_is_true(json_object_get(schema, "nullable")) && below(3) == 0
			       ? json_null()
			       : json_string(strings[below(ARRAY_LEN(strings))]);
	if (strcmp(type, "integer") == 0)
		return json_integer(integers[below(ARRAY_LEN(integers))]);
	if (strcmp(type, "number") == 0)
		return below(3) ? json_real(doubles[below(ARRAY_LEN(doubles))])
				: json_integer(integers[below(7)]);
	if (strcmp(type, "boolean") == 0)
		return json_boolean(below(2));
	return NULL;
}

static json_t *make_any(const json_t *schema);

static json_t *make_list(const json_t *schema)
{
	const json_t *keys = json_object_get(schema, "x-kubernetes-list-map-keys");
	bool set = json_str(schema, "x-kubernetes-list-type") != NULL;
	json_t *list = json_array(), *item, *other;
	json_auto_t *seen = json_object();

	for (unsigned n = below(5); n > 0; n--) {
		item = make_any(json_object_get(schema, "items"));
		other = keys ? json_object_get(item, "k") : item;
		if (set && json_object_get(seen, json_string_value(other))) {
			json_decref(item);
			continue;
		}
		if (set)
			json_object_set_new(seen, json_string_value(other), json_true());
		json_array_append_new(list, item);
	}
	return list;
}

static json_t *make_any(const json_t *schema)
{
	const json_t *properties = json_object_get(schema, "properties"), *member;
	const json_t *required = json_object_get(schema, "required");
	const char *type = json_str(schema, "type"), *key;
	json_t *object;

	if (type && strcmp(type, "array") == 0)
		return make_list(schema);
	if (!type || strcmp(type, "object") != 0)
		return make_value(schema);
	object = json_object();
	json_object_foreach((json_t *)(uintptr_t)properties, key, member)
		if (below(6) || (required && strcmp(key, "k") == 0))
			json_object_set_new(object, key, make_any(member));
	if (!properties && below(4))
		json_object_set_new(object, "a", json_integer(below(9)));
	return object;
}

static void put_rule(struct buf *out, char type, int n)
{
	if (type != 'b')
		buf_printf(out, "'text-%d:%%x;'.format([", n);
	make(out, type, 1 + (int)below(3));
	if (type != 'b')
		buf_puts(out, "])");
}

static void generate(char type, const char *seed, int rules, int objects)
{
	json_auto_t *schema = load_schema();
	json_auto_t *result = json_pack("{s:[], s:[]}", "rules", "objects");

	state = strtoull(seed, NULL, 10) * 2654435761u + 88172645463325252ull;
	for (int i = 0; i < rules; i++) {
		buf_auto text = { 0 };

		put_rule(&text, type, i);
		json_array_append_new(
			json_object_get(result, "rules"), json_string(buf_str(&text)));
	}
	for (int i = 0; i < objects; i++)
		json_array_append_new(json_object_get(result, "objects"), make_any(schema));
	put(result);
}

static json_t *verdicts_of(const json_t *rules, const json_t *object, const json_t *schema)
{
	static const char *const words[] = { [CEL_TRUE] = "true", [CEL_FALSE] = "false",
		[CEL_ERROR] = "error", [CEL_UNKNOWN] = "unknown" };
	schema_node_auto *node = schema_node_new(schema);
	struct schema_patterns patterns = { 0 };
	json_t *list = json_array(), *rule;
	size_t i;

	json_array_foreach(rules, i, rule) {
		size_t steps = CEL_STEPS_MAX;
		struct cel_program *program = cel_program_new(json_string_value(rule));
		struct cel_input input = { .self = object, .schema = node, .patterns = &patterns,
			.steps = &steps };
		char_auto *why = NULL;
		enum cel_verdict verdict = cel_judge(program, &input, &why);
		char_auto *given = cel_text(program, &input);

		json_array_append_new(
			list, json_pack("[s, s?, s?]", words[verdict], why, given));
		cel_program_free(program);
	}
	schema_patterns_release(&patterns);
	return list;
}

static void evaluate(void)
{
	json_auto_t *schema = load_schema(), *all = NULL;
	buf_auto text = { 0 };
	err_auto e = { 0 };
	json_t *object, *verdicts = json_array();
	size_t i;

	if (buf_read_file(&text, "-", BUF_MAX_DEFAULT, &e) == 0)
		all = json_parse(buf_str(&text), text.len, &e);
	if (!all)
		die(e.msg);
	json_array_foreach(json_object_get(all, "objects"), i, object)
		json_array_append_new(verdicts,
			verdicts_of(json_object_get(all, "rules"), object, schema));
	json_object_set_new(all, "verdicts", verdicts);
	put(all);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "schema") == 0) {
		json_auto_t *schema = load_schema();

		put(schema);
	} else if (argc == 5 && strcmp(argv[1], "generate") == 0) {
		generate('b', argv[2], atoi(argv[3]), atoi(argv[4]));
	} else if (argc == 5 && strcmp(argv[1], "texts") == 0) {
		generate('s', argv[2], atoi(argv[3]), atoi(argv[4]));
	} else if (argc == 2 && strcmp(argv[1], "evaluate") == 0) {
		evaluate();
	} else {
		die("usage: cel-tool schema | generate SEED RULES N | texts SEED RULES N | "
		    "evaluate");
	}
	return 0;
}
