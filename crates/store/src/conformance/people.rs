//! Offices, accounts, logins, residents.

use yorisoi_domain::access::{Assignment, Grant, Role};
use yorisoi_domain::ids::{AssignmentId, CaseId, LoginSessionId};
use yorisoi_domain::login::{
    Browser, Device, LoginSession, SignInLink, SignInStep, SignedInBy, System,
};
use yorisoi_domain::office::{ContactList, Office};
use yorisoi_domain::pii::Pii;
use yorisoi_domain::secret::SecretHash;
use yorisoi_domain::tries::Tries;

use super::Backend;
use super::seed::{at, case_row, id, lookup, office, resident_row, sealed, seed, user, user_row};
use crate::{CaseRow, ResidentRow, Revision, Sealed, SecondFactorRow, StoreError, UserRow};

pub async fn offices_and_their_contact_lists<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    let codes: Vec<_> = tx
        .offices()
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.code)
        .collect();
    assert_eq!(codes, ["中央", "東部"]);
    let twin = Office {
        id: office(3),
        name: "第三".to_owned(),
        code: "中央".to_owned(),
    };
    assert!(matches!(
        tx.insert_office(&twin).await,
        Err(StoreError::Conflict)
    ));
    assert_eq!(tx.contact_list(office(1)).await.unwrap(), None);
    for people in [vec![11, 10], vec![10]] {
        let list = ContactList::new(people.into_iter().map(user)).unwrap();
        tx.replace_contact_list(office(1), &list).await.unwrap();
        assert_eq!(tx.contact_list(office(1)).await.unwrap(), Some(list));
    }
    assert_eq!(tx.contact_list(office(2)).await.unwrap(), None);
    assert_eq!(tx.office(office(9)).await.unwrap(), None);
}

pub async fn accounts_are_found_by_their_login_and_have_one_each<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    assert_eq!(
        tx.user_by_login(lookup(11)).await.unwrap(),
        Some(user_row(11))
    );
    assert_eq!(tx.user_by_login(lookup(12)).await.unwrap(), None);
    let twin = UserRow {
        login: lookup(11),
        ..user_row(12)
    };
    assert!(matches!(
        tx.insert_user(&twin).await,
        Err(StoreError::Conflict)
    ));
    assert_eq!(tx.password_hash(user(10)).await.unwrap(), None);
    let hash = Pii::new("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned());
    tx.set_password_hash(user(10), &hash).await.unwrap();
    assert_eq!(
        tx.password_hash(user(10)).await.unwrap(),
        Some(hash.clone())
    );
    let plain = Pii::new("correct horse".to_owned());
    assert!(matches!(
        tx.set_password_hash(user(10), &plain).await,
        Err(StoreError::Refused(_))
    ));
    assert!(matches!(
        tx.set_password_hash(user(99), &hash).await,
        Err(StoreError::Conflict)
    ));
    let gone = user_row(11).user.disable(Some(user(10)), at(20)).unwrap();
    tx.save_user_state(&gone).await.unwrap();
    assert_eq!(
        tx.user(user(11)).await.unwrap(),
        Some(UserRow {
            user: gone,
            ..user_row(11)
        })
    );
    let all: Vec<_> = tx
        .users()
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.user.id)
        .collect();
    assert_eq!(all, [user(10), user(11)]);
}

pub async fn roles_and_assignments<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    let nurse = Grant {
        office: office(1),
        role: Role::Nurse,
    };
    let approver = Grant {
        office: office(2),
        role: Role::Approver,
    };
    for grant in [nurse, approver, nurse] {
        tx.insert_grant(user(10), grant).await.unwrap();
    }
    assert_eq!(tx.grants(user(10)).await.unwrap(), [nurse, approver]);
    assert!(tx.delete_grant(user(10), approver).await.unwrap());
    assert!(!tx.delete_grant(user(10), approver).await.unwrap());
    assert_eq!(tx.grants(user(10)).await.unwrap(), [nurse]);
    assert_eq!(tx.grants(user(11)).await.unwrap(), []);
    let help = Assignment {
        id: AssignmentId::new(id(90)),
        user: user(11),
        case: CaseId::new(id(40)),
        role: Role::Nurse,
        from: at(10),
        ends_at: at(20),
    };
    tx.insert_assignment(&help, user(10), at(9)).await.unwrap();
    assert_eq!(tx.assignments(user(11), at(19)).await.unwrap(), [help]);
    assert_eq!(tx.assignments(user(11), at(20)).await.unwrap(), []);
    assert_eq!(tx.assignments(user(10), at(19)).await.unwrap(), []);
    assert_eq!(tx.assignments_to(help.case).await.unwrap(), [help]);
    let endless = Assignment {
        id: AssignmentId::new(id(91)),
        ends_at: at(10),
        ..help
    };
    let refused = tx.insert_assignment(&endless, user(10), at(9)).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))));
}

pub async fn logins_end_once_and_never_move_back<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    let login = |n: u8| LoginSession {
        id: LoginSessionId::new(id(n.into())),
        user: user(10),
        token: SecretHash::of(&[n]),
        by: SignedInBy::Link,
        device: Device {
            system: System::ChromeOs,
            browser: Browser::Edge,
        },
        created_at: at(100),
        last_seen_at: at(100),
        ended_at: None,
        wrong_codes: Tries::default().and_one_more(at(90)),
    };
    for n in [1, 2, 3] {
        tx.insert_login_session(&login(n)).await.unwrap();
    }
    tx.touch_login_session(login(1).id, at(150)).await.unwrap();
    tx.touch_login_session(login(1).id, at(120)).await.unwrap();
    tx.end_login_session(login(1).id, at(160)).await.unwrap();
    tx.end_login_session(login(1).id, at(170)).await.unwrap();
    tx.touch_login_session(login(1).id, at(180)).await.unwrap();
    let ended = LoginSession {
        last_seen_at: at(150),
        ended_at: Some(at(160)),
        ..login(1)
    };
    assert_eq!(tx.login_session(login(1).token).await.unwrap(), Some(ended));
    let open = tx.login_sessions_of(user(10)).await.unwrap();
    assert_eq!(open, [login(3), login(2)]);
    let but = Some(login(3).id);
    assert_eq!(
        tx.end_login_sessions(user(10), but, at(200)).await.unwrap(),
        1
    );
    assert_eq!(tx.login_sessions_of(user(10)).await.unwrap(), [login(3)]);
    assert_eq!(
        tx.end_login_sessions(user(10), None, at(200))
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        tx.login_session(login(2).token)
            .await
            .unwrap()
            .unwrap()
            .ended_at,
        Some(at(200))
    );
    assert_eq!(tx.login_session(SecretHash::of(&[9])).await.unwrap(), None);
    assert_eq!(tx.purge_logins(at(161)).await.unwrap(), 1);
    assert_eq!(tx.login_session(login(1).token).await.unwrap(), None);
}

pub async fn a_sign_in_link_works_once_and_in_time<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    let link = |n: u8| SignInLink::new(user(10), SecretHash::of(&[n]), at(0));
    tx.insert_sign_in_link(&link(1)).await.unwrap();
    tx.insert_sign_in_link(&link(2)).await.unwrap();
    assert_eq!(
        tx.use_sign_in_link(link(1).token, at(899)).await.unwrap(),
        Some(user(10))
    );
    assert_eq!(
        tx.use_sign_in_link(link(1).token, at(899)).await.unwrap(),
        None
    );
    assert_eq!(
        tx.use_sign_in_link(link(2).token, at(900)).await.unwrap(),
        None
    );
    assert_eq!(
        tx.use_sign_in_link(link(3).token, at(1)).await.unwrap(),
        None
    );
    tx.delete_sign_in_links(user(11)).await.unwrap();
    tx.insert_sign_in_link(&link(4)).await.unwrap();
    tx.delete_sign_in_links(user(11)).await.unwrap();
    assert_eq!(
        tx.use_sign_in_link(link(4).token, at(1)).await.unwrap(),
        Some(user(10))
    );
    tx.insert_sign_in_link(&link(5)).await.unwrap();
    tx.delete_sign_in_links(user(10)).await.unwrap();
    assert_eq!(
        tx.use_sign_in_link(link(5).token, at(1)).await.unwrap(),
        None
    );
}

pub async fn wrong_tries_are_counted_per_key<B: Backend>() {
    let backend = B::fresh().await;
    let mut tx = backend.store().begin().await.unwrap();
    for second in [5, 6] {
        tx.add_wrong_try(lookup(1), at(second)).await.unwrap();
    }
    tx.add_wrong_try(lookup(2), at(7)).await.unwrap();
    let two = Tries {
        wrong: 2,
        last_wrong_at: Some(at(6)),
    };
    assert_eq!(tx.tries(lookup(1)).await.unwrap(), two);
    tx.clear_tries(lookup(1)).await.unwrap();
    assert_eq!(tx.tries(lookup(1)).await.unwrap(), Tries::default());
    assert_eq!(tx.tries(lookup(2)).await.unwrap().wrong, 1);
}

pub async fn residents_are_found_by_who_they_are<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    let namesake = ResidentRow {
        identity: lookup(30),
        ..resident_row(31)
    };
    tx.insert_resident(&namesake).await.unwrap();
    tx.insert_resident(&resident_row(32)).await.unwrap();
    let found = tx.residents_by_identity(lookup(30)).await.unwrap();
    assert_eq!(found, [resident_row(30), namesake]);
    assert_eq!(tx.residents_by_identity(lookup(99)).await.unwrap(), []);
    let later = case_row(41, resident_row(30).id, office(2));
    tx.insert_case(&later).await.unwrap();
    let cases = tx.cases_of(resident_row(30).id).await.unwrap();
    assert_eq!(cases, [later, case_row(40, resident_row(30).id, office(1))]);
}

pub async fn a_sealed_row_is_changed_only_from_what_was_read<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    let second = Revision::FIRST.next();
    let moved = ResidentRow {
        name: sealed(99),
        revision: second,
        ..resident_row(30)
    };
    tx.update_resident(&moved).await.unwrap();
    assert_eq!(tx.resident(moved.id).await.unwrap(), Some(moved.clone()));
    assert!(matches!(
        tx.update_resident(&moved).await,
        Err(StoreError::Conflict)
    ));
    let case = case_row(40, moved.id, office(1));
    let barred = CaseRow {
        barred: None,
        revision: second,
        ..case.clone()
    };
    let barring = tx.barring_cases().await.unwrap();
    let bars: Vec<_> = barring.iter().map(|(_, row)| row.id).collect();
    assert!(bars.contains(&case.id), "{bars:?}");
    tx.update_case(&barred).await.unwrap();
    assert_eq!(tx.case(case.id).await.unwrap(), Some(barred.clone()));
    let barring = tx.barring_cases().await.unwrap();
    assert!(barring.iter().all(|(_, row)| row.id != case.id));
    assert!(matches!(
        tx.update_case(&barred).await,
        Err(StoreError::Conflict)
    ));
    let ahead = CaseRow {
        revision: second.next().next(),
        ..barred
    };
    assert!(matches!(
        tx.update_case(&ahead).await,
        Err(StoreError::Conflict)
    ));
}

pub async fn a_second_factor_reads_back_and_its_codes_work_once<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    let shown = SecondFactorRow {
        user: user(10),
        confirmed: None,
        pending: Some(Sealed::from_bytes(vec![1; 61])),
        last_step: None,
        revision: Revision::FIRST,
        wrong_codes: Tries::default(),
    };
    tx.save_second_factor(&shown).await.unwrap();
    assert_eq!(
        tx.second_factor(user(10)).await.unwrap(),
        Some(shown.clone())
    );
    let confirmed = SecondFactorRow {
        confirmed: Some((Sealed::from_bytes(vec![2; 61]), at(5))),
        pending: None,
        last_step: Some(7),
        revision: Revision::FIRST.next(),
        wrong_codes: Tries::default().and_one_more(at(6)),
        ..shown
    };
    tx.save_second_factor(&confirmed).await.unwrap();
    assert_eq!(
        tx.second_factor(user(10)).await.unwrap(),
        Some(confirmed.clone())
    );
    let codes = [1, 2].map(|n: u8| SecretHash::of(&[n]));
    tx.replace_recovery_codes(user(10), &codes).await.unwrap();
    assert!(!tx.use_recovery_code(user(11), codes[0]).await.unwrap());
    assert!(tx.use_recovery_code(user(10), codes[0]).await.unwrap());
    assert!(!tx.use_recovery_code(user(10), codes[0]).await.unwrap());
    assert_eq!(tx.recovery_codes(user(10)).await.unwrap(), 1);
    let earlier = SecondFactorRow {
        last_step: Some(6),
        ..confirmed
    };
    tx.commit().await.unwrap();
    let mut tx = backend.store().begin().await.unwrap();
    let back = tx.save_second_factor(&earlier).await;
    assert!(matches!(back, Err(StoreError::Refused(_))), "{back:?}");
    drop(tx);
    let mut tx = backend.store().begin().await.unwrap();
    assert!(tx.delete_second_factor(user(10)).await.unwrap());
    assert!(!tx.delete_second_factor(user(10)).await.unwrap());
    assert_eq!(tx.recovery_codes(user(10)).await.unwrap(), 0);
}

pub async fn a_second_step_is_found_until_it_goes<B: Backend>() {
    let backend = B::fresh().await;
    seed(backend.store()).await;
    let mut tx = backend.store().begin().await.unwrap();
    let step = |n: u8| SignInStep::new(user(10), SecretHash::of(&[n]), SignedInBy::Password, at(0));
    for n in [1, 2, 3] {
        tx.insert_sign_in_step(&step(n)).await.unwrap();
    }
    assert_eq!(tx.sign_in_step(step(1).token).await.unwrap(), Some(step(1)));
    tx.add_wrong_code(step(1).token).await.unwrap();
    let once = SignInStep {
        wrong_codes: 1,
        ..step(1)
    };
    assert_eq!(tx.sign_in_step(step(1).token).await.unwrap(), Some(once));
    tx.delete_sign_in_step(step(1).token).await.unwrap();
    assert_eq!(tx.sign_in_step(step(1).token).await.unwrap(), None);
    assert_eq!(tx.sign_in_step(step(2).token).await.unwrap(), Some(step(2)));
    tx.delete_sign_in_steps(user(11)).await.unwrap();
    assert_eq!(tx.sign_in_step(step(2).token).await.unwrap(), Some(step(2)));
    tx.delete_sign_in_steps(user(10)).await.unwrap();
    assert_eq!(tx.sign_in_step(step(3).token).await.unwrap(), None);
}
