"""Orders: what a public cloud would bill, kept and told, with the effect that it has on vaults."""

import secrets
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from holdfast.api.request import Call, Reply, Route
from holdfast.model.order import Order, PeriodType
from holdfast.service import orders
from holdfast.service.context import Context
from holdfast.service.vaults import NewVault

from .vault_resources import ResourceBody
from .vaults import VaultBody
from .wording import Description, Id, Label, Name

Address = Annotated[str, Meta(min_length=1, max_length=512)]
ProductId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_\-]*\Z")]
Size = Annotated[int, Meta(ge=1, le=10_485_760)]
UNNAMED = "vault"
Measure = Annotated[int, Meta(ge=17, le=17)]  # GB, the only unit there is


class Subscribed(StrEnum):
    """How vaults may be billed after a change of it."""

    PRE_PAID = "pre_paid"


class Specification(StrEnum):
    """What a bill calls the kinds of vaults."""

    SERVER = "vault.backup.server.normal"
    TURBO = "vault.backup.turbo.normal"
    DATABASE = "vault.backup.database.normal"
    VOLUME = "vault.backup.volume.normal"
    RDS = "vault.backup.rds.normal"
    REPLICATION = "vault.replication.server.normal"
    HYBRID = "vault.hybrid.server.normal"


class OrderedBody(VaultBody, frozen=True, kw_only=True):
    """VaultOrder: a vault that may come without a name, but with resources, if only an empty list."""

    name: Name = UNNAMED
    description: Description | None = None
    resources: list[ResourceBody]

    def asked(self) -> NewVault:
        """What is asked of the service."""
        name = self.name if self.name != UNNAMED else f"{UNNAMED}-{secrets.token_hex(4)}"
        return msgspec.structs.replace(super().asked(), name=name)


class CreateBody(msgspec.Struct, frozen=True):
    """VaultOrderCreateReqs."""

    vault: OrderedBody


class SubscribeBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """ChangeToPeriod. What stands for a bill is kept as it was said."""

    vault_ids: Annotated[list[Id], Meta(min_length=1, max_length=60)]
    period_type: PeriodType
    period_num: Annotated[int, Meta(ge=1, le=9)]
    charging_mode: Subscribed = Subscribed.PRE_PAID
    is_auto_renew: bool | None = None
    is_auto_pay: bool | None = None
    console_url: Annotated[str, Meta(min_length=1, max_length=255)] | None = None

    def words(self) -> dict[str, Any]:
        """What is kept of it with the vaults."""
        said = msgspec.to_builtins(self)
        del said["vault_ids"]
        return {**said, "charging_mode": self.charging_mode}


class ProductBody(msgspec.Struct, frozen=True, kw_only=True):
    """CbcProductInfoOrderChange."""

    product_id: ProductId
    resource_size: Size
    resource_spec_code: Specification
    resource_size_measure_id: Measure = 17


class ChangeBody(msgspec.Struct, frozen=True, kw_only=True):
    """CbcOrderChange."""

    resource_id: Id
    product_info: ProductBody
    is_auto_pay: bool | None = None
    promotion_info: Label | None = None
    cloud_service_console_url: Address | None = None


class CamelProductBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """CbcUpdateProductInfo."""

    product_id: ProductId
    resource_size: Size
    resource_spec_code: Specification
    resource_size_measure_id: Measure = 17


class CamelChangeBody(msgspec.Struct, frozen=True, kw_only=True):
    """CbcUpdate, and how examples spell CbcOrderChange."""

    resource_id: Id = msgspec.field(name="resourceId")
    product_info: CamelProductBody = msgspec.field(name="productInfo")
    is_auto_pay: bool | None = msgspec.field(name="isAutoPay", default=None)
    promotion_info: Label | None = None
    cloud_service_console_url: Address | None = msgspec.field(name="cloudServiceConsoleURL", default=None)


class Spelling(msgspec.Struct, frozen=True):
    """Whether the members of a body are spelled with capitals inside."""

    camel: Any | UnsetType = msgspec.field(name="productInfo", default=UNSET)


class ChangedReply(msgspec.Struct, frozen=True, kw_only=True):
    """OrderResponseBody."""

    order_id: str = msgspec.field(name="orderId")
    code: int = msgspec.field(name="retCode", default=0)
    message: str = msgspec.field(name="retMsg", default="success")


class UpdatedReply(msgspec.Struct, frozen=True, kw_only=True):
    """UpdateOrderResponseBody: the same, with the code as a text."""

    order_id: str = msgspec.field(name="orderId")
    code: str = msgspec.field(name="retCode", default="0")
    message: str = msgspec.field(name="retMsg", default="success")


class PlacedView(msgspec.Struct, frozen=True, kw_only=True):
    """CbcOrderResult. `subscribeResult` is 1 for what was ordered."""

    order_id: str = msgspec.field(name="orderId")
    vault_id: str = msgspec.field(name="resourceId")
    service_id: str = msgspec.field(name="cloudServiceId", default="cbr")
    result: int = msgspec.field(name="subscribeResult", default=1)


class PlacedReply(msgspec.Struct, frozen=True, kw_only=True):
    """VaultOrderCreateRes."""

    orders: list[PlacedView]
    code: int = msgspec.field(name="retCode", default=0)
    text: str = msgspec.field(name="errText", default="success")
    error_code: str = "0"

    @classmethod
    def of(cls, order: Order) -> "PlacedReply":
        """An order that was placed and is done."""
        views = [PlacedView(order_id=order.id, vault_id=vault_id) for vault_id in order.vault_ids]
        return cls(orders=views)


def create(context: Context, call: Call) -> Reply:
    """POST vaults/order."""
    return Reply(PlacedReply.of(orders.create(context, call.read(CreateBody).vault.asked())))


def subscribe(context: Context, call: Call) -> Reply:
    """POST vaults/change-charge-mode."""
    asked = call.read(SubscribeBody)
    return Reply(ChangedReply(order_id=orders.subscribe(context, asked.vault_ids, asked.words()).id))


def change(context: Context, call: Call) -> Reply:
    """POST orders/change: in the spelling of its table, or in that of its examples."""
    asked = call.read(ChangeBody) if call.read(Spelling).camel is UNSET else call.read(CamelChangeBody)
    order = orders.resize(context, asked.resource_id, asked.product_info.resource_size, _words(asked))
    return Reply(ChangedReply(order_id=order.id))


def update(context: Context, call: Call) -> Reply:
    """PUT orders/{order_id}."""
    asked = call.read(CamelChangeBody)
    size_gb = asked.product_info.resource_size
    order = orders.change(context, call.path["order_id"], asked.resource_id, size_gb, _words(asked))
    return Reply(UpdatedReply(order_id=order.id))


def _words(asked: ChangeBody | CamelChangeBody) -> dict[str, Any]:
    said = {
        "product_id": asked.product_info.product_id,
        "is_auto_pay": asked.is_auto_pay,
        "promotion_info": asked.promotion_info,
        "console_url": asked.cloud_service_console_url,
    }
    return {name: value for name, value in said.items() if value is not None}


ROUTES: tuple[Route, ...] = (
    Route("POST", "/vaults/order", create),
    Route("POST", "/vaults/change-charge-mode", subscribe),
    Route("POST", "/orders/change", change),
    Route("PUT", "/orders/{order_id}", update),
)
