"""Orders: what was ordered for which vaults. An order stays when its vault goes."""

import sqlalchemy as sa
from sqlalchemy import Connection

from holdfast.model.errors import OrderNotFound
from holdfast.model.order import Order

from .columns import read_document, write_document
from .tables import vault_order as table


def add(tx: Connection, order: Order) -> None:
    """Keep a new order."""
    tx.execute(
        sa.insert(table).values(
            id=order.id,
            project_id=order.project_id,
            vault_id=order.vault_ids[0],
            document=write_document(order),
            created_at=order.created_at,
        )
    )


def get(tx: Connection, project_id: str, order_id: str) -> Order:
    """One order of the project; raises OrderNotFound."""
    document = tx.scalar(
        sa.select(table.c.document).where(table.c.project_id == project_id, table.c.id == order_id)
    )
    if document is None:
        raise OrderNotFound(order_id)
    return read_document(document, Order)


def replace(tx: Connection, order: Order) -> None:
    """Write a known order anew; raises OrderNotFound."""
    changed = sa.update(table).where(table.c.project_id == order.project_id, table.c.id == order.id)
    if not tx.execute(changed.values(document=write_document(order))).rowcount:
        raise OrderNotFound(order.id)
