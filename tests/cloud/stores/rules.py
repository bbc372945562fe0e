"""What DynamoDB documents and Latchkey relies on: a request for each rule, and AWS's answer.

The answer is "ok", a value, or the code of the error with the codes of a transaction's parts.
"""

from botocore.exceptions import ClientError

RULES = {}
LARGE, LONG = "x" * 390_000, "y" * 100_000


def rule(title, answer):
    """A rule and AWS's answer to the request that the function sends."""
    def keep(request):
        RULES[title] = (answer, request)
        return request

    return keep


def outcome(request, engine):
    """What an engine answers to a rule's request."""
    try:
        answer = request(engine)
    except ClientError as error:
        parts = [part["Code"] + ("+item" if part.get("Item") else "")
                 for part in error.response.get("CancellationReasons", [])]
        return error.response["Error"]["Code"].removesuffix("Exception") + (f": {', '.join(parts)}" if parts else "")
    return answer if isinstance(answer, (str, int, float)) else "ok"


class Engine:
    """Two tables on an engine: `plain` with a partition key, `sorted` with a sort key, too."""

    def __init__(self, client, prefix):
        self.client, self.plain, self.sorted = client, f"{prefix}plain", f"{prefix}sorted"
        for table, keys in ((self.plain, ["id"]), (self.sorted, ["id", "at"])):
            client.create_table(
                TableName=table, BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
                KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))],
            )
        self.put({"id": "a", "n": 1, "m": {"x": 1}})

    def put(self, item, table=None, **more):
        self.client.put_item(TableName=table or self.plain, Item=typed(item), **more)

    def update(self, expression, values=None, item="a", **more):
        if values:
            more["ExpressionAttributeValues"] = typed(values)
        return self.client.update_item(TableName=self.plain, Key=typed({"id": item}), UpdateExpression=expression,
                                       ReturnValues="UPDATED_NEW", **more)

    def get(self, item):
        return self.client.get_item(TableName=self.plain, Key=typed({"id": item}), ConsistentRead=True).get("Item")

    def query(self, partition, **more):
        return self.client.query(TableName=self.sorted, KeyConditionExpression="id = :id",
                                 ExpressionAttributeValues=typed({":id": partition}), **more)

    def transact(self, *parts, **more):
        return self.client.transact_write_items(TransactItems=list(parts), **more)

    def part_put(self, item, **more):
        return {"Put": {"TableName": self.plain, "Item": typed({"id": item, "n": 1}), **more}}

    def part_update(self, item, **more):
        return {"Update": {"TableName": self.plain, "Key": typed({"id": item}), "UpdateExpression": "SET n = :n",
                           "ExpressionAttributeValues": typed({":n": 2}), **more}}

    def part_check(self, item):
        return {"ConditionCheck": {"TableName": self.plain, "Key": typed({"id": item}),
                                   "ConditionExpression": "attribute_exists(id)"}}


def typed(value):
    """A value with DynamoDB's types, at the top an item."""
    def one(value):
        if isinstance(value, dict):
            return {"M": typed(value)}
        return {"N": str(value)} if isinstance(value, int) else {"S": value}

    return {name: one(each) for name, each in value.items()}


ALL_OLD = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
CANCELLED = "TransactionCanceled"


@rule("two parts of a transaction on one item", "Validation")
def _(e): e.transact(e.part_put("q"), e.part_update("q"))


@rule("a put and a check of one item in a transaction", "Validation")
def _(e): e.transact(e.part_put("q"), e.part_check("q"))


@rule("a failed check cancels the transaction", f"{CANCELLED}: None, ConditionalCheckFailed")
def _(e): e.transact(e.part_put("cancelled"), e.part_check("absent"))


@rule("a cancelled transaction writes nothing", "absent")
def _(e): return "written" if e.get("cancelled") else "absent"


@rule("ALL_OLD returns the item that failed a transaction", f"{CANCELLED}: None, ConditionalCheckFailed+item")
def _(e): e.transact(e.part_put("q"), e.part_put("a", ConditionExpression="attribute_not_exists(id)", **ALL_OLD))


@rule("ALL_OLD of an absent item returns none", f"{CANCELLED}: ConditionalCheckFailed")
def _(e): e.transact(e.part_update("absent", ConditionExpression="attribute_exists(id)", **ALL_OLD))


@rule("ALL_OLD returns the item that failed an update", "item")
def _(e):
    try:
        e.update("SET n = :n", {":n": 1, ":least": 100}, ConditionExpression="n > :least", **ALL_OLD)
    except e.client.exceptions.ConditionalCheckFailedException as error:
        return "item" if error.response.get("Item") else "no item"


@rule("100 parts of a transaction", "ok")
def _(e): e.transact(*[e.part_put(f"of-100-{number}") for number in range(100)])


@rule("101 parts of a transaction", "Validation")
def _(e): e.transact(*[e.part_put(f"of-101-{number}") for number in range(101)])


@rule("a transaction above 4 MB", "Validation")
def _(e): e.transact(*[
    {"Put": {"TableName": e.plain, "Item": typed({"id": f"large-{number}", "s": LARGE})}} for number in range(11)
])


@rule("a token used again with the same transaction", "ok")
def _(e): [e.transact(e.part_put("token"), ClientRequestToken="t" * 36) for _ in range(2)]


@rule("a token used again with another transaction", "IdempotentParameterMismatch")
def _(e): e.transact(e.part_put("other"), ClientRequestToken="t" * 36)


@rule("capacity of a transaction that writes 1 KB", 2.0)
def _(e):
    done = e.transact(e.part_put("capacity"), ReturnConsumedCapacity="TOTAL")
    return sum(table["CapacityUnits"] for table in done.get("ConsumedCapacity", []))


@rule("an empty partition key", "Validation")
def _(e): e.put({"id": ""})


@rule("an empty sort key", "Validation")
def _(e): e.put({"id": "x", "at": ""}, e.sorted)


@rule("an empty key of a read", "Validation")
def _(e): e.get("")


@rule("an empty text that is no key", "ok")
def _(e): e.put({"id": "e", "s": ""})


@rule("an empty set", "Validation")
def _(e): e.client.put_item(TableName=e.plain, Item={**typed({"id": "e"}), "s": {"SS": []}})


@rule("a partition key of 2049 bytes", "Validation")
def _(e): e.put({"id": "x" * 2049})


@rule("a sort key of 1025 bytes", "Validation")
def _(e): e.put({"id": "x", "at": "y" * 1025}, e.sorted)


@rule("an item above 400 KB", "Validation")
def _(e): e.put({"id": "large", "s": "x" * 410_000})


@rule("a number of 38 digits", "ok")
def _(e): e.put({"id": "n", "n": int("1" * 38)})


@rule("a number of 39 digits", "Validation")
def _(e): e.put({"id": "n", "n": int("1" * 39)})


@rule("a number without needless zeros", "1.5")
def _(e):
    e.client.put_item(TableName=e.plain, Item={"id": {"S": "n"}, "n": {"N": "01.500"}})
    return e.get("n")["n"]["N"]


@rule("a reserved word in an update", "Validation")
def _(e): e.update("SET ttl = :n", {":n": 1})


@rule("a reserved word in a condition", "Validation")
def _(e): e.put({"id": "w"}, ConditionExpression="attribute_not_exists(status)")


@rule("an expression value that is not used", "Validation")
def _(e): e.update("SET n = :n", {":n": 1, ":unused": 1})


@rule("an expression name that is not used", "Validation")
def _(e): e.update("SET n = :n", {":n": 1}, ExpressionAttributeNames={"#unused": "x"})


@rule("an expression above 4 KB", "Validation")
def _(e): e.put({"id": "w"}, ConditionExpression=f"attribute_not_exists({'a' * 4100})")


@rule("an update of a path and of one below it", "Validation")
def _(e): e.update("SET m = :m, m.x = :n", {":m": {}, ":n": 1})


@rule("an update of one path twice", "Validation")
def _(e): e.update("SET n = :n, n = :n", {":n": 1})


@rule("an update of the key", "Validation")
def _(e): e.update("SET id = :n", {":n": "x"})


@rule("a value in a map that is absent", "Validation")
def _(e): e.update("SET absent.x = :n", {":n": 1})


@rule("a sum with an attribute that is absent", "Validation")
def _(e): e.update("SET q = absent + :n", {":n": 1})


@rule("a sum with if_not_exists", "5")
def _(e): return e.update("SET q = if_not_exists(q, :z) + :n", {":n": 1, ":z": 4})["Attributes"]["q"]["N"]


@rule("a sum with if_not_exists within a map", "5")
def _(e):
    done = e.update("SET m.y = if_not_exists(m.y, :z) + :n", {":n": 1, ":z": 4})
    return done["Attributes"]["m"]["M"]["y"]["N"]


@rule("an absent attribute is not less", "ConditionalCheckFailed")
def _(e): e.update("SET n = :n", {":n": 1}, ConditionExpression="absent < :n")


@rule("nor is it not less", "ok")
def _(e): e.update("SET n = :n", {":n": 1}, ConditionExpression="NOT (absent < :n)")


@rule("a batch of 101 reads", "Validation")
def _(e): batch(e, [f"of-100-{number}" for number in range(101)])


@rule("a batch that reads an item twice", "Validation")
def _(e): batch(e, ["a", "a"])


@rule("a batch that reads nothing", "Validation")
def _(e): batch(e, [])


def batch(e, items):
    e.client.batch_get_item(RequestItems={e.plain: {"Keys": [typed({"id": item}) for item in items]}})


@rule("a page of a query ends at 1 MB", "30 items in pages")
def _(e):
    for number in range(30):
        e.put({"id": "pages", "at": f"{number:03}", "s": LONG}, e.sorted)
    items, pages, start = 0, 0, {}
    while start is not None:
        page = e.query("pages", **start)
        items, pages = items + page["Count"], pages + 1
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]} if "LastEvaluatedKey" in page else None
    return f"{items} items in pages" if pages >= 3 else f"{pages} pages"


@rule("sort keys in the order of their bytes", "a \uffff \U00010000")
def _(e):
    for at in ("\uffff", "\U00010000", "a"):
        e.put({"id": "order", "at": at}, e.sorted)
    return " ".join(item["at"]["S"] for item in e.query("order")["Items"])


@rule("a query that starts in another partition", "Validation")
def _(e): e.query("pages", ExclusiveStartKey=typed({"id": "other", "at": "000"}))


@rule("a query for no items", "Validation")
def _(e): e.query("pages", Limit=0)
